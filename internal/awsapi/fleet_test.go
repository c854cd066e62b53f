package awsapi

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"

	"github.com/bedlock/bedlock/internal/wire"
)

// fleet answers for many accounts that all have the same: it speaks the protocols by the
// models, late, and now and then throttles. It is for what a plane does not do: see servePlane
// for the rest.
type fleet struct {
	t       testing.TB
	apis    map[string][]*wire.API // by signing name
	latency time.Duration
	// every: each call of this number is throttled; 0: none.
	every int64
	calls atomic.Int64
	// throttled counts the calls that were.
	throttled atomic.Int64
	// other answers before the fleet does; nil, nil: it does not.
	other func(operation, account string, in wire.Object) (wire.Object, *wire.Error)
}

// What each Region of each account has.
const fleetKeys, fleetGuardrails, fleetLogGroups = 10, 20, 20

func serveFleet(t testing.TB, f *fleet) string {
	f.t, f.apis = t, map[string][]*wire.API{}
	for _, name := range []string{"account", "sts", "iam", "kms", "logs", "bedrock", "organizations"} {
		api, err := wire.Load(name, wire.Observed{})
		if err != nil {
			t.Fatal(err)
		}
		f.apis[api.Model().SigningName] = append(f.apis[api.Model().SigningName], api)
	}
	s := httptest.NewServer(f)
	t.Cleanup(s.Close)
	return s.URL
}

// fleetOptions collect accounts 100000000000 and on.
func fleetOptions(t testing.TB, url string, accounts int) Options {
	o := Options{
		Config:  aws.Config{Region: region, BaseEndpoint: &url, Credentials: credentials.NewStaticCredentialsProvider("AKIA111122223333", "secret", "")},
		Catalog: embedded(t), Role: "auditor", Types: []string{"AWS::Bedrock::Guardrail", "AWS::Logs::LogGroup"},
	}
	for i := range accounts {
		o.Accounts = append(o.Accounts, fmt.Sprint(100000000000+i))
	}
	return o
}

func (f *fleet) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	n := f.calls.Add(1)
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return
	}
	select {
	case <-r.Context().Done():
		return
	case <-time.After(f.latency):
	}
	// Credential=ASIA100000000000/20261125/eu-west-1/kms/aws4_request
	_, scope, _ := strings.Cut(r.Header.Get("Authorization"), "Credential=")
	parts := strings.Split(scope, "/")
	if len(parts) < 5 {
		http.Error(w, "not signed", http.StatusForbidden)
		return
	}
	account, region := parts[0][4:], parts[2]
	for _, api := range f.apis[parts[3]] {
		operation, ok := api.Match(r)
		if !ok {
			operation, ok = api.Named(body)
		}
		if !ok {
			continue
		}
		if f.every > 0 && n%f.every == 0 {
			f.throttled.Add(1)
			f.send(w, api.EncodeError(operation, &wire.Error{Status: 400, Code: "ThrottlingException", Message: "Rate exceeded"}, nil, "r"))
			return
		}
		in, err := api.Decode(operation, r, body)
		if err != nil {
			f.t.Errorf("%s: %v", operation, err)
		}
		out, refused := answer(operation, account, region, in), (*wire.Error)(nil)
		if f.other != nil {
			if special, e := f.other(operation, account, in); special != nil || e != nil {
				out, refused = special, e
			}
		}
		if refused != nil {
			f.send(w, api.EncodeError(operation, refused, nil, "r"))
			return
		}
		m, err := api.Encode(operation, out, "r")
		if err != nil {
			f.t.Errorf("%s: %v", operation, err)
			return
		}
		f.send(w, m)
		return
	}
	f.t.Errorf("unexpected call %s %s of %s", r.Method, r.URL, parts[3])
}

func (f *fleet) send(w http.ResponseWriter, m *wire.Message) {
	for name, values := range m.Header {
		w.Header()[http.CanonicalHeaderKey(name)] = values
	}
	w.WriteHeader(m.Status)
	_, _ = w.Write(m.Body)
}

// answer is what an account has in a Region.
func answer(operation, account, region string, in wire.Object) wire.Object {
	name := func(service, resource string) string {
		return "arn:aws:" + service + ":" + region + ":" + account + ":" + resource
	}
	many := func(n int, one func(i int) wire.Object) (list []any) {
		for i := range n {
			list = append(list, one(i))
		}
		return list
	}
	key := func(i int) string { return fmt.Sprintf("%08d-1111-2222-3333-444444444444", i) }
	switch operation {
	case "GetCallerIdentity":
		return wire.Object{"Account": account, "Arn": "arn:aws:iam::" + account + ":user/admin", "UserId": "AIDA"}
	case "AssumeRole":
		to := strings.Split(in.Text("RoleArn"), ":")[4]
		return wire.Object{
			"Credentials":     wire.Object{"AccessKeyId": "ASIA" + to, "SecretAccessKey": "secret", "SessionToken": "token", "Expiration": time.Now().Add(time.Hour)},
			"AssumedRoleUser": wire.Object{"Arn": "arn:aws:sts::" + to + ":assumed-role/auditor/x", "AssumedRoleId": "AROA:x"},
		}
	case "ListKeys":
		return wire.Object{"Keys": many(fleetKeys, func(i int) wire.Object {
			return wire.Object{"KeyId": key(i), "KeyArn": name("kms", "key/"+key(i))}
		}), "Truncated": false}
	case "DescribeKey":
		id := in.Text("KeyId")
		return wire.Object{"KeyMetadata": wire.Object{
			"KeyId": id[strings.LastIndexByte(id, '/')+1:], "Arn": id, "AWSAccountId": account, "Enabled": true, "KeyManager": "CUSTOMER",
			"KeyState": "Enabled", "KeySpec": "SYMMETRIC_DEFAULT", "KeyUsage": "ENCRYPT_DECRYPT", "Origin": "AWS_KMS",
		}}
	case "GetKeyPolicy":
		return wire.Object{"Policy": `{"Version":"2012-10-17","Statement":[]}`, "PolicyName": "default"}
	case "ListGuardrails":
		first, last := 0, fleetGuardrails/2
		if in.Text("nextToken") != "" {
			first, last = last, fleetGuardrails
		}
		out := wire.Object{"guardrails": many(last-first, func(i int) wire.Object {
			id := fmt.Sprintf("gr%010d", first+i)
			return wire.Object{"id": id, "arn": name("bedrock", "guardrail/"+id), "name": id, "version": "DRAFT", "status": "READY", "createdAt": time.Unix(0, 0), "updatedAt": time.Unix(0, 0)}
		})}
		if first == 0 {
			out["nextToken"] = "more"
		}
		return out
	case "GetGuardrail":
		id := in.Text("guardrailIdentifier")
		return wire.Object{"name": id, "guardrailId": id, "guardrailArn": name("bedrock", "guardrail/"+id), "kmsKeyArn": name("kms", "key/"+key(0))}
	case "DescribeLogGroups":
		return wire.Object{"logGroups": many(fleetLogGroups, func(i int) wire.Object {
			group := fmt.Sprintf("group-%d", i)
			return wire.Object{"logGroupName": group, "arn": name("logs", "log-group:"+group+":*"), "kmsKeyId": name("kms", "key/"+key(1))}
		})}
	}
	return wire.Object{}
}
