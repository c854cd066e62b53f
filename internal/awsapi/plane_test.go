package awsapi

import (
	"net/http/httptest"
	"os"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"

	"github.com/bedlock/bedlock/catalog"
	"github.com/bedlock/bedlock/internal/model"
	"github.com/bedlock/bedlock/plane/local"
	"github.com/bedlock/bedlock/plane/seed"
)

const (
	own    = "111122223333"
	member = "444455556666"
	region = "eu-west-1"
)

// served is a local plane on a port of its own.
type served struct {
	t   *testing.T
	url string
}

func serve(t *testing.T, declared string, change ...func(*local.Options)) served {
	t.Helper()
	s, err := seed.Read("seed.yaml", []byte(declared), os.ReadFile)
	if err != nil {
		t.Fatal(err)
	}
	o := local.Options{Seed: s, NoPage: true}
	for _, f := range change {
		f(&o)
	}
	p, err := local.Open(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	h, err := p.Handler()
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(h)
	t.Cleanup(func() {
		server.Close()
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	})
	return served{t, server.URL}
}

// config are the settings of a user whose keys are named after them.
func (s served) config(user string) aws.Config {
	return aws.Config{
		Region: region, BaseEndpoint: &s.url,
		Credentials: credentials.NewStaticCredentialsProvider("AKIA"+user+"00000000", user, ""),
	}
}

// fast are the options of a collection that no quota slows down.
func (s served) fast(user string) Options {
	return Options{Config: s.config(user), Catalog: embedded(s.t), Rate: 1000}
}

func embedded(t testing.TB) *catalog.Catalog {
	t.Helper()
	cat, err := catalog.Embedded()
	if err != nil {
		t.Fatal(err)
	}
	return cat
}

func loadModel(t testing.TB, name string) *model.Service {
	t.Helper()
	m, err := model.Load(name)
	if err != nil {
		t.Fatal(err)
	}
	return m
}
