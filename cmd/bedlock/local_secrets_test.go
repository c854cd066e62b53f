//go:build unix

package main

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"html"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudtrail"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	awskms "github.com/aws/aws-sdk-go-v2/service/kms"
	"github.com/aws/aws-sdk-go-v2/service/kms/types"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"github.com/bedlock/bedlock/plane"
)

// secrets are bytes that must be nowhere, by what they are.
type secrets map[string][]byte

// forms are the ways in which a program may print bytes, or write them down.
func forms(secret []byte) map[string][]byte {
	var numbers []string
	for _, b := range secret {
		numbers = append(numbers, strconv.Itoa(int(b)))
	}
	quoted := strconv.Quote(string(secret))
	out := map[string][]byte{
		"as it is": secret,
		"hex":      []byte(hex.EncodeToString(secret)), "HEX": bytes.ToUpper([]byte(hex.EncodeToString(secret))),
		"%v": []byte(strings.Join(numbers, " ")), "a JSON array": []byte(strings.Join(numbers, ",")),
		"%q": []byte(quoted[1 : len(quoted)-1]),
	}
	// In base64 it looks different for each place it may begin at; what is not of the secret
	// alone is cut off.
	for at := range 3 {
		for name, e := range map[string]*base64.Encoding{"base64": base64.RawStdEncoding, "URL base64": base64.RawURLEncoding} {
			text := e.EncodeToString(append(make([]byte, at), secret...))
			out[fmt.Sprint(name, " at ", at)] = []byte(text[[]int{0, 2, 3}[at] : len(text)-1])
		}
	}
	return out
}

// in returns where which secrets are in b, except for the files that are meant to hold them.
func (s secrets) in(b []byte) (found []string) {
	for what, secret := range s {
		for form, text := range forms(secret) {
			if bytes.Contains(b, text) {
				found = append(found, what+", "+form)
			}
		}
	}
	slices.Sort(found)
	return found
}

// TestSecretsAreFound: the search finds a secret in every form, in the middle of a text.
func TestSecretsAreFound(t *testing.T) {
	secret := make([]byte, 32)
	_, _ = rand.Read(secret)
	s := secrets{"key": secret}
	embedded := func(n int) []byte { return slices.Concat(make([]byte, n), secret, []byte("after")) }
	for name, text := range map[string]string{
		"raw": "before" + string(secret), "hex": hex.EncodeToString(embedded(5)), "HEX": fmt.Sprintf("%X", embedded(2)), "bytes": fmt.Sprint(embedded(1)), "string": fmt.Sprintf("%q", embedded(1)),
		"base64": base64.StdEncoding.EncodeToString(embedded(0)), "base64 1": base64.StdEncoding.EncodeToString(embedded(1)), "base64 2": base64.StdEncoding.EncodeToString(embedded(2)), "url": base64.URLEncoding.EncodeToString(embedded(4)),
	} {
		if len(s.in([]byte(text))) == 0 {
			t.Errorf("%s: not found in %q", name, text)
		}
	}
	if found := s.in([]byte("nothing")); len(found) != 0 {
		t.Errorf("found %q", found)
	}
}

// TestLocalSecrets looks for known key material, plaintexts, data keys and secret access
// keys in all that the program writes: files, records, output, pages, refusals.
func TestLocalSecrets(t *testing.T) {
	dir := t.TempDir()
	data := filepath.Join(dir, "data")
	random := func() []byte {
		b := make([]byte, 32)
		_, _ = rand.Read(b)
		return b
	}
	s := secrets{"imported key": random(), "plaintext": random(), "refused plaintext": random(), "wrong key": random(), "message": random()}
	pair, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	imported, err := x509.MarshalPKCS8PrivateKey(pair)
	if err != nil {
		t.Fatal(err)
	}
	if s["imported private key"], err = pair.Bytes(); err != nil {
		t.Fatal(err)
	}
	secretKey := hex.EncodeToString(random())
	s["secret access key"] = []byte(secretKey)
	seed := filepath.Join(dir, "seed.yaml")
	if err := os.WriteFile(seed, []byte(strings.ReplaceAll(defaultSeed, localSecret, secretKey)), 0o600); err != nil {
		t.Fatal(err)
	}

	args := []string{"--data", data, "--seed", seed, "--trail", filepath.Join(dir, "trail")}
	p := launch(t, nil, args...)
	client := p.signed(t, secretKey)
	answers := &bytes.Buffer{} // what clients are told in errors, look-ups and on pages
	blob := s.use(t, client, imported, answers)
	s.identify(t, p, secretKey, answers)
	if pages := p.crawl(t, answers); pages < 20 {
		t.Errorf("there are %d pages only", pages)
	}
	backup := filepath.Join(dir, "backup.db")
	if code, _, stderr := once(t, nil, "local", "backup", "--data", data, backup); code != 0 {
		t.Fatal(stderr)
	}
	outputs := []string{answers.String()}
	absent := func(when string) {
		t.Helper()
		outputs = append(outputs, p.stdout.String(), p.stderr.String())
		if found := s.in([]byte(strings.Join(outputs, "\n"))); len(found) != 0 {
			t.Errorf("%s: in the output: %q", when, found)
		}
		s.inFiles(t, when, dir, seed)
	}
	s["root key"] = bytesOf(t, filepath.Join(data, dataRoot))
	absent("while it runs")
	p.kill()
	absent("killed")
	p = launch(t, nil, args...)
	if out, err := p.signed(t, secretKey).Decrypt(t.Context(), &awskms.DecryptInput{CiphertextBlob: blob}); err != nil || !bytes.Equal(out.Plaintext, s["plaintext"]) {
		t.Errorf("%v %v", out, err)
	}
	if code := p.stop(t); code != 0 {
		t.Errorf("exit %d: %s", code, &p.stderr)
	}
	absent("stopped")
	if len(logFiles(t, filepath.Join(dir, "trail"))) == 0 {
		t.Error("there are no log files of CloudTrail")
	}
	if code, stdout, stderr := once(t, nil, "local", "rekey", "--data", data); code != 0 {
		t.Errorf("%d %s%s", code, stdout, stderr)
	}
	s["next root key"] = bytesOf(t, filepath.Join(data, dataRoot))
	absent("rekeyed")
}

// signed is a client with another secret access key.
func (p *process) signed(t *testing.T, secret string) *awskms.Client {
	o := p.reader(t).Options()
	o.Credentials = aws.NewCredentialsCache(aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
		return aws.Credentials{AccessKeyID: localKeyID, SecretAccessKey: secret}, nil
	}))
	return awskms.New(o)
}

// use sends the secrets through the API, where they belong and where they are refused, and
// learns more of them. It returns a ciphertext of the plaintext.
func (s secrets) use(t *testing.T, client *awskms.Client, pkcs8 []byte, refusals io.Writer) []byte {
	t.Helper()
	ctx := t.Context()
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	refused := func(err error) {
		t.Helper()
		if err == nil {
			t.Error("it is not refused")
		}
		fmt.Fprintf(refusals, "%v %+v\n", err, err)
	}
	made := func(in *awskms.CreateKeyInput) *string {
		out, err := client.CreateKey(ctx, in)
		must(err)
		return out.KeyMetadata.KeyId
	}
	give := func(id *string, secret []byte) error {
		p, err := client.GetParametersForImport(ctx, &awskms.GetParametersForImportInput{KeyId: id, WrappingAlgorithm: types.AlgorithmSpecRsaesOaepSha256, WrappingKeySpec: types.WrappingKeySpecRsa2048})
		must(err)
		public, err := x509.ParsePKIXPublicKey(p.PublicKey)
		must(err)
		wrapped, err := rsa.EncryptOAEP(sha256.New(), rand.Reader, public.(*rsa.PublicKey), secret, nil)
		must(err)
		_, err = client.ImportKeyMaterial(ctx, &awskms.ImportKeyMaterialInput{KeyId: id, ImportToken: p.ImportToken, EncryptedKeyMaterial: wrapped, ExpirationModel: types.ExpirationModelTypeKeyMaterialDoesNotExpire})
		return err
	}
	key := made(&awskms.CreateKeyInput{Origin: types.OriginTypeExternal})
	must(give(key, s["imported key"]))
	refused(give(key, s["wrong key"]))
	refused(give(key, append([]byte("short"), s["wrong key"][:20]...)))
	pair := made(&awskms.CreateKeyInput{Origin: types.OriginTypeExternal, KeySpec: types.KeySpecEccNistP256, KeyUsage: types.KeyUsageTypeSignVerify})
	refused(give(pair, s["imported private key"]))
	must(give(pair, pkcs8))

	pairs := map[string]string{"tenant": "a"}
	sealed, err := client.Encrypt(ctx, &awskms.EncryptInput{KeyId: key, Plaintext: s["plaintext"]})
	must(err)
	_, err = client.Decrypt(ctx, &awskms.DecryptInput{CiphertextBlob: sealed.CiphertextBlob, EncryptionContext: pairs})
	refused(err)
	_, err = client.Encrypt(ctx, &awskms.EncryptInput{KeyId: key, Plaintext: bytes.Repeat(s["refused plaintext"], 129)})
	refused(err)
	_, err = client.Encrypt(ctx, &awskms.EncryptInput{KeyId: pair, Plaintext: s["refused plaintext"]})
	refused(err)
	signed, err := client.Sign(ctx, &awskms.SignInput{KeyId: pair, Message: s["message"], SigningAlgorithm: types.SigningAlgorithmSpecEcdsaSha256})
	must(err)
	_, err = client.Verify(ctx, &awskms.VerifyInput{KeyId: pair, Message: append(s["message"], 'x'), Signature: signed.Signature, SigningAlgorithm: types.SigningAlgorithmSpecEcdsaSha256})
	refused(err)

	generated, err := client.GenerateDataKey(ctx, &awskms.GenerateDataKeyInput{KeyId: key, KeySpec: types.DataKeySpecAes256, EncryptionContext: pairs})
	must(err)
	s["data key"] = generated.Plaintext
	randomBytes, err := client.GenerateRandom(ctx, &awskms.GenerateRandomInput{NumberOfBytes: aws.Int32(32)})
	must(err)
	s["random bytes"] = randomBytes.Plaintext
	generatedPair, err := client.GenerateDataKeyPair(ctx, &awskms.GenerateDataKeyPairInput{KeyId: key, KeyPairSpec: types.DataKeyPairSpecEccNistP256})
	must(err)
	parsed, err := x509.ParsePKCS8PrivateKey(generatedPair.PrivateKeyPlaintext)
	must(err)
	s["generated private key"], err = parsed.(*ecdsa.PrivateKey).Bytes()
	must(err)
	_, err = client.RotateKeyOnDemand(ctx, &awskms.RotateKeyOnDemandInput{KeyId: key})
	refused(err)
	return sealed.CiphertextBlob
}

// identify makes access keys and sessions, whose secrets are to be found nowhere, and looks
// up the records of all calls.
func (s secrets) identify(t *testing.T, p *process, secretKey string, out io.Writer) {
	t.Helper()
	ctx := t.Context()
	c := aws.Config{
		Region: localRegion, BaseEndpoint: &p.url,
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: localKeyID, SecretAccessKey: secretKey}, nil
		}),
	}
	identities, sessions, trail := iam.NewFromConfig(c), sts.NewFromConfig(c), cloudtrail.NewFromConfig(c)
	if _, err := identities.CreateUser(ctx, &iam.CreateUserInput{UserName: aws.String("second")}); err != nil {
		t.Fatal(err)
	}
	key, err := identities.CreateAccessKey(ctx, &iam.CreateAccessKeyInput{UserName: aws.String("second")})
	if err != nil {
		t.Fatal(err)
	}
	session, err := sessions.GetSessionToken(ctx, nil)
	if err != nil {
		t.Fatal(err)
	}
	s["secret access key of IAM"], s["secret of a session"] = []byte(*key.AccessKey.SecretAccessKey), []byte(*session.Credentials.SecretAccessKey)
	s["session token"] = []byte(*session.Credentials.SessionToken)
	c.Credentials = aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
		return aws.Credentials{AccessKeyID: *session.Credentials.AccessKeyId, SecretAccessKey: *session.Credentials.SecretAccessKey, SessionToken: *session.Credentials.SessionToken}, nil
	})
	if _, err := sts.NewFromConfig(c).GetCallerIdentity(ctx, nil); err != nil {
		t.Fatal(err)
	}
	events := 0
	for pages := cloudtrail.NewLookupEventsPaginator(trail, &cloudtrail.LookupEventsInput{}); pages.HasMorePages(); {
		page, err := pages.NextPage(ctx)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range page.Events {
			events++
			fmt.Fprintln(out, *e.CloudTrailEvent)
		}
	}
	if events < 20 {
		t.Errorf("there are %d records only", events)
	}
}

var link = regexp.MustCompile(`href="(/[^"]*)"`)

// crawl reads the page and all that it links to, and returns how many pages there are.
func (p *process) crawl(t *testing.T, out io.Writer) int {
	t.Helper()
	seen := map[string]bool{}
	for next := []string{"/", plane.HealthPath, plane.MetricsPath}; len(next) > 0; next = next[1:] {
		if seen[next[0]] {
			continue
		}
		seen[next[0]] = true
		answer, err := http.Get(p.url + next[0])
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(answer.Body)
		_ = answer.Body.Close()
		if err != nil || answer.StatusCode != http.StatusOK {
			t.Fatalf("%s: %d %v", next[0], answer.StatusCode, err)
		}
		fmt.Fprintln(out, html.UnescapeString(string(b)))
		for _, m := range link.FindAllStringSubmatch(string(b), -1) {
			next = append(next, html.UnescapeString(m[1]))
		}
	}
	return len(seen)
}

// inFiles looks into all files below dir, and into those that are compressed. Root keys lie
// in their own file, and the seed says its secrets.
func (s secrets) inFiles(t *testing.T, when, dir, seed string) {
	t.Helper()
	files := 0
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || !e.Type().IsRegular() || path == seed || e.Name() == dataRoot {
			return err
		}
		files++
		b := bytesOf(t, path)
		if strings.HasSuffix(path, ".gz") {
			b = uncompressed(t, path)
		}
		if found := s.in(b); len(found) != 0 {
			t.Errorf("%s: in %s: %q", when, path, found)
		}
		return nil
	})
	if err != nil || files < 3 {
		t.Errorf("%s: %d files, %v", when, files, err)
	}
}

// logFiles are CloudTrail's.
func logFiles(t *testing.T, trail string) []string {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(trail, "AWSLogs/*/CloudTrail/*/*/*/*/*.json.gz"))
	if err != nil {
		t.Fatal(err)
	}
	return paths
}

func uncompressed(t *testing.T, path string) []byte {
	t.Helper()
	r, err := gzip.NewReader(bytes.NewReader(bytesOf(t, path)))
	if err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return b
}
