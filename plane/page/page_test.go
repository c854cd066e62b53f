package page

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	awskms "github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"
	"github.com/aws/smithy-go"
)

func TestDeniedByStatement(t *testing.T) {
	w := newWorld(t)
	k := w.newKey(nil)
	blob := got[*awskms.EncryptOutput](t)(w.as("AKIAADMIN", region).Encrypt(t.Context(), &awskms.EncryptInput{KeyId: k.KeyId, Plaintext: []byte("the-plaintext"), EncryptionContext: map[string]string{"App": "orders"}}))
	_, err := w.as("AKIADENIED", region).Decrypt(t.Context(), &awskms.DecryptInput{CiphertextBlob: blob.CiphertextBlob, EncryptionContext: map[string]string{"App": "orders"}})
	var refused smithy.APIError
	if !errors.As(err, &refused) || refused.ErrorCode() != "AccessDeniedException" {
		t.Fatal(err)
	}
	body := w.get("/calls/3")
	has(t, body, "<h1>kms:Decrypt</h1>", `<span class="pill bad">denied</span>`, "AccessDeniedException",
		"AWS says</span> User: arn:aws:iam::111122223333:user/denied is not authorized to perform: kms:Decrypt on the resource associated with this ciphertext with an explicit deny in an identity-based policy",
		"<code>kms:Decrypt</code> on", "A statement with Effect Deny applies, and no Allow outweighs it.",
		"<dt>denied by</dt><dd>identity-based policy inline/denied[1] &#34;NoDecrypt&#34;", "&#34;Effect&#34;: &#34;Deny&#34;",
		"<dt>looked at</dt><dd><ul><li>identity-based policy inline/denied, 2 statements</li><li>resource-based policy key policy, 1 statement</li>",
		"<code>aws:requestedregion</code>", "eu-west-1", "<code>kms:encryptioncontext:app</code>", "<bdi>orders</bdi>",
		"<dt>asked by</dt><dd><code>arn:aws:iam::111122223333:user/denied", "AKIADENIED", `<a href="/keys/111122223333/eu-west-1/`+*k.KeyId+`">`, "<dt>HTTP status</dt><dd><code>400</code>")
	hasNot(t, body, "it would take", "near miss", "secret-of-", "the-plaintext")
}

func TestDeniedByNothing(t *testing.T) {
	w := newWorld(t)
	k := w.newKey(nil)
	if _, err := w.as("AKIAREADER", region).Encrypt(t.Context(), &awskms.EncryptInput{KeyId: k.KeyId, Plaintext: []byte("x")}); err == nil {
		t.Fatal("it is allowed")
	}
	has(t, w.get("/calls/2"), "Nothing denies it, but an Allow is missing in the identity-based policy.</p>",
		"<dt>near miss</dt><dd>identity-based policy inline/reader[0] &#34;AppsOnly&#34; wants kms:EncryptionContext:App",
		"<dt>does not allow</dt><dd><ul><li>identity-based policy</li>", "<dt>not in the request</dt><dd><ul><li>kms:encryptioncontext:app</li>",
		"<dt>it would take</dt><dd><ul><li>a statement in", "kms:Encrypt")

	if _, err := w.as("AKIASTRAY", region).DescribeKey(t.Context(), &awskms.DescribeKeyInput{KeyId: k.Arn}); err == nil {
		t.Fatal("it is allowed")
	}
	has(t, w.get("/calls/3"), "a statement in the key policy: Allow kms:DescribeKey to arn:aws:iam::444455556666:user/stray",
		"<dt>asked by</dt><dd><code>arn:aws:iam::444455556666:user/stray", "<dt>account</dt><dd><code>444455556666", `<a href="/keys/111122223333/eu-west-1/`+*k.KeyId+`">`)
	has(t, w.get("/calls/1"), `<span class="pill ok">ok</span>`, "<code>kms:CreateKey</code> on")
}

func TestHome(t *testing.T) {
	w := newWorld(t)
	has(t, w.get("/"), "<title>Overview · bedlock local</title>", "There are no keys. To make one:", "<h2 id=\"last\">Last calls</h2>\n<p>There are none.</p>")
	k := w.newKey(&awskms.CreateKeyInput{Description: aws.String("orders of the shop"), Tags: []types.Tag{{TagKey: aws.String("team"), TagValue: aws.String("blue")}}})
	admin := w.as("AKIAADMIN", region)
	got[*awskms.CreateAliasOutput](t)(admin.CreateAlias(t.Context(), &awskms.CreateAliasInput{AliasName: aws.String("alias/shop"), TargetKeyId: k.KeyId}))
	got[*awskms.EnableKeyRotationOutput](t)(admin.EnableKeyRotation(t.Context(), &awskms.EnableKeyRotationInput{KeyId: k.KeyId, RotationPeriodInDays: aws.Int32(90)}))
	got[*awskms.GenerateDataKeyOutput](t)(admin.GenerateDataKey(t.Context(), &awskms.GenerateDataKeyInput{KeyId: k.KeyId, KeySpec: types.DataKeySpecAes256}))
	gone := got[*awskms.CreateKeyOutput](t)(w.as("AKIASTRAY", "us-east-1").CreateKey(t.Context(), &awskms.CreateKeyInput{KeySpec: types.KeySpecEccNistP256, KeyUsage: types.KeyUsageTypeSignVerify})).KeyMetadata
	until := got[*awskms.ScheduleKeyDeletionOutput](t)(w.as("AKIASTRAY", "us-east-1").ScheduleKeyDeletion(t.Context(), &awskms.ScheduleKeyDeletionInput{KeyId: gone.KeyId, PendingWindowInDays: aws.Int32(7)}))
	body := w.get("/")
	has(t, body, "<caption>Accounts that have keys or made calls</caption>", "/?account=111122223333", `<td data-name="Keys">1</td><td data-name="Regions">eu-west-1</td><td data-name="Calls kept">4</td><td data-name="Denied">0</td>`, "/?account=444455556666",
		"<caption>2 keys</caption>", `<th scope="col">Key</th>`, "<strong>alias/shop</strong>", `<a href="/keys/111122223333/eu-west-1/`+*k.KeyId+`"><code>`+*k.KeyId+"</code></a>", "orders of the shop",
		"111122223333<br>eu-west-1", "SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT", `<span class="pill ok">Enabled</span>`, "AWS_KMS", "every 90 days", "<bdi>team</bdi> = <bdi>blue</bdi>", "GenerateDataKey<br>",
		"444455556666<br>us-east-1", "ECC_NIST_P256", "SIGN_VERIFY", `<span class="pill bad">PendingDeletion</span>`, until.DeletionDate.UTC().Format("2006-01-02 15:04:05"),
		"<h2 id=\"last\">Last calls</h2>", "ScheduleKeyDeletion", "CreateKey", "GenerateDataKey", "EnableKeyRotation", "CreateAlias", "CreateKey")
	got[*awskms.ScheduleKeyDeletionOutput](t)(admin.ScheduleKeyDeletion(t.Context(), &awskms.ScheduleKeyDeletionInput{KeyId: k.KeyId}))
	has(t, w.get("/"), "alias/shop", "PendingDeletion", "stopped while deletion is pending")
	only := w.get("/?account=444455556666")
	has(t, only, "<caption>1 key</caption>", *gone.KeyId, "ScheduleKeyDeletion")
	hasNot(t, only, *k.KeyId, "CreateAlias")
	has(t, w.get("/?account=999988887777"), "There are no keys in account 999988887777.")
}

func TestPages(t *testing.T) {
	w := newWorld(t)
	ids := map[string]bool{}
	for range 205 {
		ids[*w.newKey(nil).KeyId] = true
	}
	seen := map[string]bool{}
	for n, want := range []int{100, 100, 5, 0} {
		body := w.get(fmt.Sprint("/?page=", n+1))
		keys, _, _ := strings.Cut(body, "<h2 id=\"last\">")
		count := 0
		for id := range ids {
			if strings.Contains(keys, "/eu-west-1/"+id+`"`) {
				seen[id] = true
				count++
			}
		}
		if count != want {
			t.Errorf("page %d has %d keys, want %d", n+1, count, want)
		}
	}
	if len(seen) != 205 {
		t.Errorf("%d keys are shown", len(seen))
	}
	has(t, w.get("/?page=2"), "205 keys, page 2 of 3", `<a href="/?page=1">1</a>`, `<span aria-current="page">2</span>`, `<a href="/?page=3">3</a>`)
	has(t, w.get("/?page=-1"), "205 keys, page 1 of 3")
}

func TestCalls(t *testing.T) {
	w := newWorld(t)
	a, b := w.newKey(nil), w.newKey(nil)
	for range 3 {
		got[*awskms.DescribeKeyOutput](t)(w.as("AKIAADMIN", region).DescribeKey(t.Context(), &awskms.DescribeKeyInput{KeyId: a.KeyId}))
	}
	_, _ = w.as("AKIAREADER", region).DescribeKey(t.Context(), &awskms.DescribeKeyInput{KeyId: b.KeyId})
	_, _ = w.as("AKIASTRAY", region).DescribeKey(t.Context(), &awskms.DescribeKeyInput{KeyId: aws.String("0a1b2c3d-0000-4000-8000-000000000000")})
	for query, want := range map[string][]string{
		"":                                       {"7", "6", "5", "4", "3", "2", "1"},
		"?outcome=denied":                        {"6"},
		"?outcome=error":                         {"7"},
		"?outcome=ok&operation=CreateKey":        {"2", "1"},
		"?operation=describekey":                 {"7", "6", "5", "4", "3"},
		"?account=444455556666":                  {"7"},
		"?key=" + *a.KeyId:                       {"5", "4", "3", "1"},
		"?key=" + *b.Arn:                         {"6", "2"},
		"?key=nonsense":                          nil,
		"?outcome=denied&account=444455556666":   nil,
		"?operation=DescribeKey&key=" + *b.KeyId: {"6"},
	} {
		body := w.get("/calls" + query)
		var found []string
		for _, part := range strings.Split(body, `<a href="/calls/`)[1:] {
			n, _, _ := strings.Cut(part, `"`)
			found = append(found, n)
		}
		if strings.Join(found, " ") != strings.Join(want, " ") {
			t.Errorf("%q: %q, want %q", query, found, want)
		}
	}
	body := w.get("/calls?outcome=denied&key=" + *b.KeyId)
	has(t, body, `<option value="denied" selected>denied</option>`, `<option value="CreateKey">CreateKey</option><option value="DescribeKey">`,
		`name="key" autocomplete="off" spellcheck="false" value="`+*b.KeyId+`"`, "<caption>1 of the last 7 calls, newest first; 7 since the plane was started</caption>")
	body = w.get("/calls?outcome=error")
	has(t, body, "NotFoundException", "<code>user/stray</code>", "444455556666<br>eu-west-1", `<td class="n" data-name="ms">`)
}

// TestKept: the last 500 calls are kept, and no others.
func TestKept(t *testing.T) {
	w := newWorld(t)
	c := w.as("AKIAADMIN", region)
	for range Kept + 3 {
		got[*awskms.ListKeysOutput](t)(c.ListKeys(t.Context(), &awskms.ListKeysInput{}))
	}
	for path, status := range map[string]int{"/calls/3": 404, "/calls/4": 200, "/calls/503": 200, "/calls/504": 404, "/calls/0": 404, "/calls/-1": 404, "/calls/x": 404, "/calls/99999999999999999999": 404} {
		if answer, _ := w.do(http.MethodGet, path, ""); answer.StatusCode != status {
			t.Errorf("%s: %s", path, answer.Status)
		}
	}
	if n := strings.Count(w.get("/calls"), `<a href="/calls/`); n != Kept {
		t.Errorf("%d calls are listed", n)
	}
	has(t, w.get("/calls"), "500 of the last 500 calls, newest first; 503 since")
}

// TestAtOnce: calls and pages do not wait for each other, which the race detector sees.
func TestAtOnce(t *testing.T) {
	w := newWorld(t)
	k := w.newKey(nil)
	var all sync.WaitGroup
	for i := range 4 {
		all.Go(func() {
			for range 50 {
				_, _ = w.as([]string{"AKIAADMIN", "AKIAREADER"}[i%2], region).Encrypt(t.Context(), &awskms.EncryptInput{KeyId: k.KeyId, Plaintext: []byte("x")})
			}
		})
		all.Go(func() {
			for range 20 {
				_, _ = w.do(http.MethodGet, []string{"/", "/calls", "/calls/20", "/keys/111122223333/eu-west-1/" + *k.KeyId}[i], "")
			}
		})
	}
	all.Wait()
	has(t, w.get("/"), `<td data-name="Calls kept">201</td><td data-name="Denied">100</td>`)
}

// TestManyGrants: a denied call does not keep all grants of a key in memory.
func TestManyGrants(t *testing.T) {
	w := newWorld(t)
	k := w.newKey(nil)
	for i := range maxGrants + 20 {
		got[*awskms.CreateGrantOutput](t)(w.as("AKIAADMIN", region).CreateGrant(t.Context(), &awskms.CreateGrantInput{
			KeyId: k.KeyId, GranteePrincipal: aws.String("arn:aws:iam::111122223333:user/reader"), Operations: []types.GrantOperation{"Encrypt"}, Name: aws.String(fmt.Sprint(i)),
		}))
	}
	_, _ = w.as("AKIAREADER", region).Decrypt(t.Context(), &awskms.DecryptInput{KeyId: k.KeyId, CiphertextBlob: []byte("x")})
	_, _ = w.as("AKIAREADER", region).DescribeKey(t.Context(), &awskms.DescribeKeyInput{KeyId: k.KeyId})
	all, total := w.page.last()
	denied := all[0]
	if n := len(denied.decisions[0].Layers.Grants); n != maxGrants || cap(denied.decisions[0].Layers.Grants) > 2*maxGrants {
		t.Errorf("%d grants are kept", n)
	}
	has(t, w.get(callPath(&record{n: total})), "grants of the key: the first 100 are kept here")
	has(t, w.get("/keys/111122223333/eu-west-1/"+*k.KeyId), "<caption>120 grants</caption>")
}

func TestKey(t *testing.T) {
	w := newWorld(t)
	k := w.newKey(&awskms.CreateKeyInput{MultiRegion: aws.Bool(true), Description: aws.String("orders")})
	admin := w.as("AKIAADMIN", region)
	got[*awskms.ReplicateKeyOutput](t)(admin.ReplicateKey(t.Context(), &awskms.ReplicateKeyInput{KeyId: k.KeyId, ReplicaRegion: aws.String("us-east-1")}))
	grant := got[*awskms.CreateGrantOutput](t)(admin.CreateGrant(t.Context(), &awskms.CreateGrantInput{
		KeyId: k.KeyId, GranteePrincipal: aws.String("arn:aws:iam::111122223333:user/reader"), Operations: []types.GrantOperation{"Encrypt", "Decrypt"},
		Name: aws.String("nightly"), Constraints: &types.GrantConstraints{EncryptionContextSubset: map[string]string{"App": "orders"}},
	}))
	got[*awskms.RotateKeyOnDemandOutput](t)(admin.RotateKeyOnDemand(t.Context(), &awskms.RotateKeyOnDemandInput{KeyId: k.KeyId}))
	path := "/keys/111122223333/eu-west-1/" + *k.KeyId
	body := w.get(path)
	has(t, body, "<h1>"+*k.KeyId+"</h1>", "<bdi>orders</bdi>", `<dt>state</dt><dd><span class="pill ok">Enabled</span>`, "<dt>ARN</dt><dd><code>"+*k.Arn, "<dt>spec</dt><dd><code>SYMMETRIC_DEFAULT",
		"<dt>rotation</dt><dd>1 time on demand", "primary key in <a href=\"/keys/111122223333/eu-west-1/", "replica in <a href=\"/keys/111122223333/us-east-1/",
		"<pre>{\n  &#34;Version&#34;: &#34;2012-10-17&#34;,\n  &#34;Id&#34;: &#34;key-default-1&#34;,\n  &#34;Statement&#34;: [\n    {\n", "</pre>",
		"<caption>1 grant</caption>", *grant.GrantId, "nightly", "arn:aws:iam::111122223333:user/reader", "Encrypt, Decrypt", "context has <bdi>App</bdi> = <bdi>orders</bdi>",
		"<caption>2 key materials, oldest first</caption>", "NON_CURRENT", "CURRENT", "ON_DEMAND", "RotateKeyOnDemand", "CreateGrant", "ReplicateKey")
	hasNot(t, body, *grant.GrantToken)
	has(t, w.get("/keys/111122223333/us-east-1/"+*k.KeyId), "primary key in <a href=\"/keys/111122223333/eu-west-1/", "replica in")
	for _, p := range []string{"/keys/444455556666/eu-west-1/" + *k.KeyId, "/keys/111122223333/eu-west-1/x", "/keys/111122223333/eu-west-1/"} {
		if answer, body := w.do(http.MethodGet, p, ""); answer.StatusCode != http.StatusNotFound || !strings.Contains(body, "<h1>Not found</h1>") {
			t.Errorf("%s: %s", p, answer.Status)
		}
	}
}
