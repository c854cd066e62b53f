package page

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	awskms "github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"
)

// shop is a world with keys and calls of many kinds.
func shop(t testing.TB, keys int) (w *world, key *types.KeyMetadata) {
	w = newWorld(t)
	admin := w.as("AKIAADMIN", region)
	for i := range keys {
		k := w.newKey(&awskms.CreateKeyInput{Description: aws.String(fmt.Sprintf("orders of shop %d", i))})
		got[*awskms.CreateAliasOutput](t)(admin.CreateAlias(t.Context(), &awskms.CreateAliasInput{AliasName: aws.String(fmt.Sprintf("alias/shop/%03d", i)), TargetKeyId: k.KeyId}))
		if i%3 == 0 {
			got[*awskms.EnableKeyRotationOutput](t)(admin.EnableKeyRotation(t.Context(), &awskms.EnableKeyRotationInput{KeyId: k.KeyId}))
		}
		if i%7 == 1 {
			got[*awskms.ScheduleKeyDeletionOutput](t)(admin.ScheduleKeyDeletion(t.Context(), &awskms.ScheduleKeyDeletionInput{KeyId: k.KeyId}))
		}
	}
	got[*awskms.CreateKeyOutput](t)(w.as("AKIASTRAY", "us-east-1").CreateKey(t.Context(), &awskms.CreateKeyInput{KeySpec: types.KeySpecMlDsa65, KeyUsage: types.KeyUsageTypeSignVerify}))
	key = w.newKey(&awskms.CreateKeyInput{
		Description: aws.String("<script>document.title='owned'</script> שלום \u202Egnp.exe " + strings.Repeat("verylongword", 40)),
		Tags:        []types.Tag{{TagKey: aws.String("team"), TagValue: aws.String("blue")}, {TagKey: aws.String("مفتاح"), TagValue: aws.String(strings.Repeat("x", 200))}, {TagKey: aws.String("c"), TagValue: aws.String("d")}, {TagKey: aws.String("e"), TagValue: aws.String("f")}},
	})
	alias := "alias/" + strings.Repeat("a", 250)
	got[*awskms.CreateAliasOutput](t)(admin.CreateAlias(t.Context(), &awskms.CreateAliasInput{AliasName: &alias, TargetKeyId: key.KeyId}))
	got[*awskms.RotateKeyOnDemandOutput](t)(admin.RotateKeyOnDemand(t.Context(), &awskms.RotateKeyOnDemandInput{KeyId: key.KeyId}))
	got[*awskms.CreateGrantOutput](t)(admin.CreateGrant(t.Context(), &awskms.CreateGrantInput{
		KeyId: key.KeyId, GranteePrincipal: aws.String("arn:aws:iam::111122223333:user/reader"), Operations: []types.GrantOperation{"Encrypt", "Decrypt", "GenerateDataKey"},
		Name: aws.String("nightly"), Constraints: &types.GrantConstraints{EncryptionContextSubset: map[string]string{"App": "invoices"}},
	}))
	blob := got[*awskms.EncryptOutput](t)(admin.Encrypt(t.Context(), &awskms.EncryptInput{KeyId: key.KeyId, Plaintext: []byte("x"), EncryptionContext: map[string]string{"App": "orders"}}))
	_, _ = w.as("AKIADENIED", region).Decrypt(t.Context(), &awskms.DecryptInput{CiphertextBlob: blob.CiphertextBlob, EncryptionContext: map[string]string{"App": "orders"}})
	_, _ = admin.DescribeKey(t.Context(), &awskms.DescribeKeyInput{KeyId: aws.String("alias/nothing")})
	_, _ = w.as("AKIAREADER", region).Encrypt(t.Context(), &awskms.EncryptInput{KeyId: key.KeyId, Plaintext: []byte("x")})
	return w, key
}

// browse runs the machine's Chromium, and skips the test where there is none.
func browse(t *testing.T, args ...string) string {
	t.Helper()
	program, err := exec.LookPath("chromium")
	if err != nil {
		t.Skip("no chromium here")
	}
	var problems strings.Builder
	c := exec.CommandContext(t.Context(), program, append([]string{
		"--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--no-first-run", "--disable-background-networking", "--timeout=20000", "--user-data-dir=" + t.TempDir(),
	}, args...)...)
	c.Stderr = &problems
	out, err := c.Output()
	if err != nil {
		t.Fatalf("chromium: %v\n%s", err, problems.String())
	}
	return string(out)
}

// TestBrowser: Chromium takes the style and runs nothing of what others chose.
func TestBrowser(t *testing.T) {
	w, key := shop(t, 2)
	for _, path := range []string{"/", "/keys/111122223333/eu-west-1/" + *key.KeyId} {
		dom := browse(t, "--dump-dom", w.server.URL+path)
		has(t, dom, "· bedlock local</title>", "&lt;script&gt;document.title='owned'&lt;/script&gt;", `</main>`)
		hasNot(t, dom, "<title>owned", "<script")
	}
}

// framed serves the page in a frame of the width of a phone, whose title is then how wide
// the page is. The page itself refuses frames, so its policy is left out.
func framed(t *testing.T, w *world) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(a http.ResponseWriter, r *http.Request) {
		if path, ok := strings.CutPrefix(r.URL.Path, "/framed"); ok {
			a.Header().Set("Content-Type", "text/html")
			_, _ = fmt.Fprintf(a, `<!DOCTYPE html><body style="margin:0"><iframe src="%s" style="width:375px;height:2400px;border:0" onload="document.title='width '+contentDocument.documentElement.scrollWidth"></iframe>`, path)
			return
		}
		w.page.ServeHTTP(unguarded{a}, r)
	}))
	t.Cleanup(server.Close)
	return server.URL + "/framed"
}

type unguarded struct{ http.ResponseWriter }

func (w unguarded) WriteHeader(status int) {
	w.Header().Del("Content-Security-Policy")
	w.ResponseWriter.WriteHeader(status)
}

// TestNarrow: nothing is wider than a phone.
func TestNarrow(t *testing.T) {
	w, key := shop(t, 2)
	base := framed(t, w)
	_, total := w.page.last()
	for _, path := range []string{"/", "/calls", "/calls/" + strconv.Itoa(total), "/keys/111122223333/eu-west-1/" + *key.KeyId} {
		has(t, browse(t, "--dump-dom", base+path), "<title>width 375</title>")
	}
}

// TestScreenshots writes pictures for people to look at into BEDLOCK_SCREENSHOTS.
func TestScreenshots(t *testing.T) {
	dir := os.Getenv("BEDLOCK_SCREENSHOTS")
	if dir == "" {
		t.Skip("BEDLOCK_SCREENSHOTS names no folder")
	}
	w, key := shop(t, 10)
	many, _ := shop(t, 300)
	_, total := w.page.last()
	keyPage, denied, missing := "/keys/111122223333/eu-west-1/"+*key.KeyId, callPath(&record{n: total - 2}), callPath(&record{n: total})
	phone := framed(t, w)
	for name, url := range map[string]string{
		"home": w.server.URL, "key": w.server.URL + keyPage, "calls": w.server.URL + "/calls", "denied": w.server.URL + denied, "missing": w.server.URL + missing,
		"empty": newWorld(t).server.URL, "many": many.server.URL + "/?page=2",
		"phone-home": phone + "/", "phone-key": phone + keyPage, "phone-calls": phone + "/calls", "phone-missing": phone + missing,
	} {
		size, shot := "--window-size=1440,2400", func(look string) string { return "--screenshot=" + filepath.Join(dir, name+look+".png") }
		if strings.HasPrefix(name, "phone") {
			size = "--window-size=500,2400"
		}
		browse(t, size, shot(""), url)
		browse(t, size, "--blink-settings=preferredColorScheme=0", shot("-dark"), url)
	}
}
