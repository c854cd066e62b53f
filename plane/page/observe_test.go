package page

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/bedlock/bedlock/kms"
	"github.com/bedlock/bedlock/kms/material"
	"github.com/bedlock/bedlock/plane"
	"github.com/bedlock/bedlock/policy"
	"github.com/bedlock/bedlock/policy/authz"
)

// compile prepares a policy, as it is, with its faults.
func compile(t *testing.T, name, text string) *authz.Policy {
	t.Helper()
	d, err := policy.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return authz.Compile(name, d)
}

// denied is a call of STS by a session whose decision is that of the engine.
func denied(layers *authz.Layers) *plane.Call {
	who := authz.Principal{Kind: authz.Session, ARN: "arn:aws:sts::111122223333:assumed-role/deploy/ann", Role: "arn:aws:iam::111122223333:role/deploy", Account: home}
	req := &authz.Request{Principal: who, Action: "sts:AssumeRole", Resource: "arn:aws:iam::444455556666:role/other", Context: authz.Context{}}
	d := authz.Decide(req, layers)
	return &plane.Call{
		Service: &plane.Service{Name: "sts"}, Operation: "AssumeRole", Caller: &plane.Caller{Principal: who}, Account: home, Region: "us-east-1", Began: time.Now(), Status: 403,
		Code: "AccessDenied", Message: d.Message(req), UserAgent: strings.Repeat("agent", 100),
		Decisions: []plane.Decision{{Action: req.Action, Resource: req.Resource, Outcome: d.Outcome, Why: &d, Request: req, Layers: layers}},
	}
}

const allows = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]}`

// TestExplicitDenies names every statement with how it matched, its level and its place.
func TestExplicitDenies(t *testing.T) {
	w := newWorld(t)
	all := compile(t, "all", allows)
	w.page.Observe(denied(&authz.Layers{
		Identity: []*authz.Policy{all},
		SCPs:     [][]*authz.Policy{{all}, {all, compile(t, "guard", `{"Version":"2012-10-17","Statement":[{"Sid":"NoRoles","Effect":"Deny","Action":"sts:*","Resource":"*"}]}`)}},
		Resource: compile(t, "trust policy", `{"Version":"2012-10-17","Statement":[{"Sid":"NotDeploy","Effect":"Deny","Principal":{"AWS":"arn:aws:iam::111122223333:role/deploy"},"Action":"sts:AssumeRole"},
			{"Sid":"NotUs","Effect":"Deny","Principal":{"AWS":"111122223333"},"Action":"sts:AssumeRole"},{"Effect":"Deny","Principal":"*","Action":"sts:AssumeRole"}]}`),
	}))
	body := w.get("/calls/1")
	has(t, body, "<h1>sts:AssumeRole</h1>", "<code>AccessDenied</code>", "<code>sts:AssumeRole</code> on <code>arn:aws:iam::444455556666:role/other</code>",
		"<dt>denied by</dt><dd>service control policy guard[0] &#34;NoRoles&#34;, level 2<", "<dt>denied by</dt><dd>resource-based policy trust policy[0] by its role &#34;NotDeploy&#34;<",
		"trust policy[1] by its account &#34;NotUs&#34;<", "trust policy[2] by its name<", "arn:aws:sts::111122223333:assumed-role/deploy/ann")
	hasNot(t, body, "<dt>fault</dt>", strings.Repeat("agent", 52), "<dt>key</dt>")
	has(t, w.get("/calls"), `<span class="quiet">sts</span>`, "<code>assumed-role/deploy/ann</code>")
}

func TestFaults(t *testing.T) {
	w := newWorld(t)
	w.page.Observe(denied(&authz.Layers{Identity: []*authz.Policy{compile(t, "inline/x", "{\"Version\":\"2012-10-17\",\n\"Statement\":[{\"Effect\":\"Allow\",\"Action\":\"*\",\"Acton\":\"*\",\"Resource\":\"*\"}]}")},
		Resource: compile(t, "trust policy", `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"111122223333"},"Action":"sts:AssumeRole"}]}`)}))
	has(t, w.get("/calls/1"), "<dt>not known</dt><dd><ul><li>statement inline/x[0]</li>", "<dt>fault</dt><dd><ul><li>identity-based policy inline/x, line 2: ", "Acton")
}

// TestOtherDecisions: calls that the engine was not asked about, or that failed otherwise.
func TestOtherDecisions(t *testing.T) {
	w := newWorld(t)
	c := denied(&authz.Layers{})
	c.Code, c.Message, c.Status, c.Decisions = "", "", 200, []plane.Decision{{Action: "sts:AssumeRole", Resource: "*", Outcome: authz.Allow, Forced: true}}
	w.page.Observe(c)
	has(t, w.get("/calls/1"), `<span class="pill ok">ok</span>`, `<span class="pill ok">allowed</span>`, "The policies were not asked: the plane allows everything, or made the call itself.")
	c.Code, c.Decisions = "AccessDeniedException", nil
	w.page.Observe(c)
	has(t, w.get("/calls/2"), `<span class="pill bad">denied</span>`, "Nothing: the call is refused whatever policies say.")
	c.Code, c.Message = "NotFoundException", "not implemented by the local plane"+strings.Repeat(" x", maxMessage)
	w.page.Observe(c)
	has(t, w.get("/calls/3"), `<span class="pill open">error</span>`, `<span class="quiet">answered</span> not implemented`, "<p>Nothing.</p>")
	hasNot(t, w.get("/calls/3"), "AWS says", strings.Repeat(" x", maxMessage/2))
	// A refusal that AWS words as if there were nothing is denied all the same.
	c = denied(&authz.Layers{})
	c.Code = "NotFoundException"
	w.page.Observe(c)
	has(t, w.get("/calls/4"), `<span class="pill bad">denied</span> <code>NotFoundException</code>`, "an Allow is missing in the")
}

func TestVerdict(t *testing.T) {
	for want, d := range map[string]authz.Decision{
		"A statement with Effect Deny applies, and no Allow outweighs it.":                                          {Outcome: authz.ExplicitDeny},
		"A policy is not one that IAM would accept, so what it seems to allow is not allowed.":                      {Outcome: authz.ImplicitDeny, Missing: []authz.Layer{authz.LayerResource}, Open: []string{"statement x[0]"}},
		"Nothing denies it, and nothing allows it.":                                                                 {Outcome: authz.ImplicitDeny},
		"Nothing denies it, but an Allow is missing in the permissions boundary and in the service control policy.": {Outcome: authz.ImplicitDeny, Missing: []authz.Layer{authz.LayerBoundary, authz.LayerSCP}},
	} {
		if got := verdict(&d); got != want {
			t.Errorf("%s\nwant %s", got, want)
		}
	}
}

func TestKeyPath(t *testing.T) {
	for arn, want := range map[string]string{
		"arn:aws:kms:eu-west-1:111122223333:key/mrk-1": "/keys/111122223333/eu-west-1/mrk-1", "arn:aws:kms:eu-west-1:111122223333:key/a/../b": "/keys/111122223333/eu-west-1/a%2F..%2Fb",
		"arn:aws:kms:eu-west-1:111122223333:alias/a": "", "arn:aws:s3:eu-west-1:111122223333:key/a": "", "arn:aws:kms:eu-west-1:111122223333:key/": "",
		"arn:aws:kms::111122223333:key/a": "", "arn:aws:kms:eu-west-1::key/a": "", "*": "", "": "",
	} {
		if got := keyPath(arn); got != want {
			t.Errorf("%s: %q, want %q", arn, got, want)
		}
	}
}

func TestShort(t *testing.T) {
	for in, want := range map[string]string{"": "", "abc": "abc", "abcd": "abc…", "äöü": "äöü", "äöüß": "äöü…", "\xff\xff\xff\xff": "\xff\xff\xff…"} {
		if got := short(in, 3); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

// service is a KMS that allows everything.
func service(t *testing.T) *kms.Service {
	t.Helper()
	s, err := kms.Open(t.Context(), kms.Options{Authorizer: kms.AllowAll{}})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

var anyone = kms.Call{Account: home, Region: region, Principal: authz.Principal{Kind: authz.Root, ARN: "arn:aws:iam::111122223333:root", Account: home}}

func TestManyPages(t *testing.T) {
	s := service(t)
	for range 10*perPage + 1 {
		c := anyone
		got[*kms.CreateKeyOutput](t)(s.CreateKey(t.Context(), &c, &kms.CreateKeyInput{KeySpec: material.HMAC256, KeyUsage: material.GenerateVerifyMac}))
	}
	w := newWorld(t, func(o *Options) { o.KMS = s })
	pages := func(n int) (all string) {
		_, nav, _ := strings.Cut(w.get(fmt.Sprint("/?page=", n)), `aria-label="Pages of keys">`)
		nav, _, _ = strings.Cut(nav, "</nav>")
		for _, part := range strings.Fields(strings.NewReplacer("</a>", "", "</span>", "", "&hellip;", ">...", "<a ", "", "<span ", "").Replace(nav)) {
			all += " " + part[strings.LastIndexByte(part, '>')+1:]
		}
		return all
	}
	for n, want := range map[int]string{1: " 1 2 3 4 ... 10 11", 6: " 1 2 3 4 5 6 7 8 9 10 11", 11: " 1 2 ... 8 9 10 11", 7: " 1 2 ... 4 5 6 7 8 9 10 11"} {
		if got := pages(n); got != want {
			t.Errorf("page %d: %q, want %q", n, got, want)
		}
	}
}

// imports gives a key material of 32 zeros, which expires then or never.
func imports(t *testing.T, s *kms.Service, id, model string, until time.Time) {
	t.Helper()
	c := anyone
	p := got[*kms.GetParametersForImportOutput](t)(s.GetParametersForImport(t.Context(), &c, &kms.GetParametersForImportInput{KeyId: id, WrappingAlgorithm: "RSAES_OAEP_SHA_256", WrappingKeySpec: "RSA_2048"}))
	public, err := x509.ParsePKIXPublicKey(p.PublicKey)
	if err != nil {
		t.Fatal(err)
	}
	wrapped, err := rsa.EncryptOAEP(sha256.New(), rand.Reader, public.(*rsa.PublicKey), make([]byte, 32), nil)
	if err != nil {
		t.Fatal(err)
	}
	in := &kms.ImportKeyMaterialInput{KeyId: id, ImportToken: p.ImportToken, EncryptedKeyMaterial: wrapped, ExpirationModel: model}
	if model == "KEY_MATERIAL_EXPIRES" {
		in.ValidTo = until
	}
	got[*kms.ImportKeyMaterialOutput](t)(s.ImportKeyMaterial(t.Context(), &c, in))
}

func TestKindsOfKeys(t *testing.T) {
	s := service(t)
	c := anyone
	k := got[*kms.CreateKeyOutput](t)(s.CreateKey(t.Context(), &c, &kms.CreateKeyInput{Origin: kms.OriginExternal})).KeyMetadata
	w := newWorld(t, func(o *Options) { o.KMS = s })
	has(t, w.get("/keys/111122223333/eu-west-1/"+k.KeyId), `<span class="pill open">PendingImport</span>`, "<code>EXTERNAL</code>", "<h2 id=\"materials\">")
	until := time.Now().UTC().AddDate(0, 0, 30).Truncate(time.Second)
	for model, want := range map[string]string{"KEY_MATERIAL_EXPIRES": "expires <time datetime=\"" + until.Format(time.RFC3339) + "\">", "KEY_MATERIAL_DOES_NOT_EXPIRE": "does not expire"} {
		imports(t, s, k.KeyId, model, until)
		has(t, w.get("/keys/111122223333/eu-west-1/"+k.KeyId), `<span class="pill ok">Enabled</span>`, "<caption>1 key material, oldest first</caption>", "CURRENT", want)
	}
	got[*kms.DeleteImportedKeyMaterialOutput](t)(s.DeleteImportedKeyMaterial(t.Context(), &c, &kms.DeleteImportedKeyMaterialInput{KeyId: k.KeyId}))
	has(t, w.get("/keys/111122223333/eu-west-1/"+k.KeyId), "PendingImport", "CURRENT", "not now")
	plain := got[*kms.CreateKeyOutput](t)(s.CreateKey(t.Context(), &c, &kms.CreateKeyInput{})).KeyMetadata
	hasNot(t, w.get("/keys/111122223333/eu-west-1/"+plain.KeyId), "<h2 id=\"materials\">", "multi-Region")
	first := got[*kms.CreateKeyOutput](t)(s.CreateKey(t.Context(), &c, &kms.CreateKeyInput{MultiRegion: true})).KeyMetadata
	got[*kms.ReplicateKeyOutput](t)(s.ReplicateKey(t.Context(), &c, &kms.ReplicateKeyInput{KeyId: first.KeyId, ReplicaRegion: "us-east-1"}))
	got[*kms.ScheduleKeyDeletionOutput](t)(s.ScheduleKeyDeletion(t.Context(), &c, &kms.ScheduleKeyDeletionInput{KeyId: first.KeyId, PendingWindowInDays: 7}))
	has(t, w.get("/keys/111122223333/eu-west-1/"+first.KeyId), `<span class="pill bad">PendingReplicaDeletion</span>`, "7 days after its last replica")
	managed, err := s.Managed(t.Context(), home, region, "s3")
	if err != nil {
		t.Fatal(err)
	}
	has(t, w.get("/keys/111122223333/eu-west-1/"+managed.ID), "<h1>alias/aws/s3</h1>", "<dt>manager</dt><dd><code>AWS, for s3</code>")
}

func BenchmarkObserve(b *testing.B) {
	p := New(Options{})
	c := denied(&authz.Layers{})
	c.Code, c.Message, c.UserAgent = "", "", "aws-sdk-go-v2/1.47.7 ua/2.1 os/linux lang/go#1.26.8 md/GOOS#linux md/GOARCH#amd64 api/kms#1.62.4"
	c.Decisions = []plane.Decision{{Action: "kms:Encrypt", Resource: "arn:aws:kms:eu-west-1:111122223333:key/x", Outcome: authz.Allow}}
	c.KMS = &kms.Call{Touched: []string{"arn:aws:kms:eu-west-1:111122223333:key/x"}}
	b.ReportAllocs()
	for b.Loop() {
		p.Observe(c)
	}
}
