package model

import (
	"errors"
	"slices"
	"strings"
	"testing"
)

// errEnough stops a walk.
var errEnough = errors.New("enough")

// paths collects the paths of a walk, with the location of the leaf's shape.
func paths(t *testing.T, s *Service, shape string) []string {
	t.Helper()
	var out []string
	if err := s.Walk(shape, func(path string, _ *Member, sh *Shape) error {
		out = append(out, path+" "+sh.Type.String())
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return out
}

func TestWalk(t *testing.T) {
	s, err := decode([]byte(small))
	if err != nil {
		t.Fatal(err)
	}
	// In contains a list of itself: it is visited once more, not entered.
	want := []string{"t string", "l list", "l[] structure", "m map", "m{} string"}
	if got := paths(t, s, "In"); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	// From the list, In is entered once and the list inside it is not.
	want = []string{"[] structure", "[].t string", "[].l list", "[].m map", "[].m{} string"}
	if got := paths(t, s, "L"); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestWalkRealPaths(t *testing.T) {
	got := paths(t, load(t, "bedrock"), "PutModelInvocationLoggingConfigurationRequest")
	for _, want := range []string{
		"loggingConfig structure",
		"loggingConfig.cloudWatchConfig.roleArn string",
		"loggingConfig.cloudWatchConfig.largeDataDeliveryS3Config.bucketName string",
		"loggingConfig.s3Config.keyPrefix string",
	} {
		if !slices.Contains(got, want) {
			t.Errorf("%q was not visited", want)
		}
	}
	again := paths(t, load(t, "bedrock"), "PutModelInvocationLoggingConfigurationRequest")
	if !slices.Equal(got, again) {
		t.Error("two walks differ")
	}
}

// A flow contains loop nodes that contain a flow.
func TestWalkCutsCycles(t *testing.T) {
	got := paths(t, load(t, "bedrock-agent"), "CreateFlowRequest")
	loop := "definition.nodes[].configuration.loop.definition structure"
	if !slices.Contains(got, loop) {
		t.Fatalf("%q was not visited", loop)
	}
	for _, path := range got {
		if strings.HasPrefix(path, "definition.nodes[].configuration.loop.definition.") {
			t.Errorf("%q is inside itself", path)
		}
	}
}

// The longest walks stay short enough to be done on every start.
func TestWalksAreShort(t *testing.T) {
	for _, name := range Services() {
		s, visited := load(t, name), 0
		for _, op := range s.Operations {
			for _, shape := range []string{op.Input, op.Output} {
				if shape == "" {
					continue
				}
				if err := s.Walk(shape, func(string, *Member, *Shape) error { visited++; return nil }); err != nil {
					t.Fatal(err)
				}
			}
		}
		if visited > 30_000 {
			t.Errorf("%s: %d members in all walks", name, visited)
		}
	}
}

func TestWalkStops(t *testing.T) {
	s := load(t, "kms")
	visited := 0
	err := s.Walk("DescribeKeyResponse", func(string, *Member, *Shape) error { visited++; return errEnough })
	if err != errEnough || visited != 1 {
		t.Errorf("%v after %d members", err, visited)
	}
	visited = 0
	err = s.Walk("DescribeKeyResponse", func(string, *Member, *Shape) error { visited++; return SkipMembers })
	if err != nil || visited != 1 {
		t.Errorf("%v after %d members, want only KeyMetadata", err, visited)
	}
	if err := s.Walk("Nothing", nil); err == nil {
		t.Error("a shape that does not exist was walked")
	}
}
