package kms

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/bedlock/bedlock/kms/material"
	"github.com/bedlock/bedlock/policy"
	"github.com/bedlock/bedlock/policy/authz"
)

// decides is an Authorizer that decides by the key policy, grants and one identity policy,
// and keeps nothing.
type decides struct{ identity []*authz.Policy }

func (d decides) Authorize(_ context.Context, c *Call, a *Access) error {
	all := a.Context
	if len(c.Context) > 0 {
		all = maps.Clone(a.Context)
		maps.Copy(all, c.Context)
	}
	req := authz.Request{Principal: c.Principal, Action: a.Action, Resource: a.Resource, Context: all, GrantTokens: a.GrantTokens}
	layers := authz.Layers{Identity: d.identity, Resource: a.Policy, Grants: a.Grants}
	if authz.OutcomeOf(&req, &layers) == authz.Allow {
		return nil
	}
	return a.Refused("no")
}

// authorizers are those that benchmarks run with: one that asks nothing, and one with a
// key policy that delegates, an identity policy of eleven statements, and conditions.
func authorizers(b *testing.B) map[string]Authorizer {
	statements := `{"Effect":"Deny","Action":"kms:*","Resource":"*","Condition":{"Bool":{"aws:SecureTransport":"false"}}}`
	for i := range 9 {
		statements += fmt.Sprintf(`,{"Effect":"Allow","Action":["s3:Get*","s3:List*"],"Resource":"arn:aws:s3:::bucket-%d/*"}`, i)
	}
	statements += `,{"Effect":"Allow","Action":["kms:Encrypt","kms:Decrypt","kms:GenerateDataKey*","kms:Sign"],"Resource":"arn:aws:kms:us-east-1:111122223333:key/*",
		"Condition":{"StringEqualsIfExists":{"kms:EncryptionContext:tenant":"a"}}}`
	doc, err := policy.Parse(`{"Version":"2012-10-17","Statement":[` + statements + `]}`)
	if err != nil {
		b.Fatal(err)
	}
	return map[string]Authorizer{"AllowAll": AllowAll{}, "policy": decides{[]*authz.Policy{authz.Compile("bench", doc)}}}
}

// run measures an operation under each authorizer, in one goroutine and in as many as
// there are processors.
func run(b *testing.B, spec material.Spec, usage material.Usage, f func(w *world, key string) func(c *Call) error) {
	for _, name := range []string{"AllowAll", "policy"} {
		w := newWorld(b)
		key := w.keyOf(b, spec, usage).KeyId
		call := f(w, key)
		w.Service.auth = authorizers(b)[name]
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if err := call(user("bench")); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run(name+"/parallel", func(b *testing.B) {
			b.ReportAllocs()
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					if err := call(user("bench")); err != nil {
						b.Error(err)
						return
					}
				}
			})
		})
	}
}

var benchPairs = map[string]string{"tenant": "a", "purpose": "benchmark"}

func BenchmarkEncrypt(b *testing.B) {
	run(b, material.Symmetric, material.EncryptDecrypt, func(w *world, key string) func(*Call) error {
		in := &EncryptInput{KeyId: key, Plaintext: make([]byte, 1024), EncryptionContext: benchPairs}
		return func(c *Call) error {
			_, err := w.Encrypt(b.Context(), c, in)
			return err
		}
	})
}

func BenchmarkDecrypt(b *testing.B) {
	run(b, material.Symmetric, material.EncryptDecrypt, func(w *world, key string) func(*Call) error {
		in := &DecryptInput{CiphertextBlob: w.encrypted(b, key, benchPairs, string(make([]byte, 1024))), EncryptionContext: benchPairs}
		return func(c *Call) error {
			_, err := w.Decrypt(b.Context(), c, in)
			return err
		}
	})
}

func BenchmarkGenerateDataKey(b *testing.B) {
	run(b, material.Symmetric, material.EncryptDecrypt, func(w *world, key string) func(*Call) error {
		in := &GenerateDataKeyInput{KeyId: key, NumberOfBytes: 1024, EncryptionContext: benchPairs}
		return func(c *Call) error {
			_, err := w.GenerateDataKey(b.Context(), c, in)
			return err
		}
	})
}

func benchmarkSign(b *testing.B, spec material.Spec, algorithm string) {
	run(b, spec, material.SignVerify, func(w *world, key string) func(*Call) error {
		in := &SignInput{KeyId: key, Message: make([]byte, 32), MessageType: "DIGEST", SigningAlgorithm: algorithm}
		return func(c *Call) error {
			_, err := w.Sign(b.Context(), c, in)
			return err
		}
	})
}

func BenchmarkSignP256(b *testing.B)    { benchmarkSign(b, material.P256, "ECDSA_SHA_256") }
func BenchmarkSignRSA2048(b *testing.B) { benchmarkSign(b, material.RSA2048, "RSASSA_PSS_SHA_256") }

// BenchmarkEncryptByGrant decides by the last of a hundred grants.
func BenchmarkEncryptByGrant(b *testing.B) {
	w := newWorld(b)
	key := w.create(b, nil).KeyId
	for i := range 100 {
		in := &CreateGrantInput{KeyId: key, GranteePrincipal: user(fmt.Sprint("u", i)).Principal.ARN, Operations: []string{"Encrypt", "Decrypt"}, Constraints: &GrantConstraints{EncryptionContextSubset: benchPairs}}
		ok[*CreateGrantOutput](b)(w.CreateGrant(b.Context(), user("admin"), in))
	}
	w.Service.auth = decides{}
	in := &EncryptInput{KeyId: key, Plaintext: make([]byte, 1024), EncryptionContext: benchPairs}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := w.Encrypt(b.Context(), user("u99"), in); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkEncryptBesideRSA tells how long Encrypt takes at most 99 times in 100, alone and
// while eight callers sign with RSA_4096 without a pause. What is between the two is the
// garbage collector, which wants the processor that RSA leaves: with GOGC=1600 on two
// processors they are 16 and 24 µs, with GOGC=100 and a heap of 4 MB 30 and 80.
func BenchmarkEncryptBesideRSA(b *testing.B) {
	for _, signers := range []int{0, 8} {
		b.Run(fmt.Sprint("signers=", signers), func(b *testing.B) {
			w := newWorld(b)
			w.Service.auth = AllowAll{}
			key, rsaKey := w.create(b, nil).KeyId, w.keyOf(b, material.RSA4096, material.SignVerify).KeyId
			ctx, stop := context.WithCancel(b.Context())
			var group sync.WaitGroup
			for range signers {
				group.Go(func() {
					for ctx.Err() == nil {
						w.Sign(ctx, user("s"), &SignInput{KeyId: rsaKey, Message: make([]byte, 32), MessageType: "DIGEST", SigningAlgorithm: "RSASSA_PSS_SHA_256"})
					}
				})
			}
			in := &EncryptInput{KeyId: key, Plaintext: make([]byte, 1024)}
			var took []time.Duration
			for b.Loop() {
				begin := time.Now()
				if _, err := w.Encrypt(ctx, user("e"), in); err != nil {
					b.Fatal(err)
				}
				took = append(took, time.Since(begin))
			}
			stop()
			group.Wait()
			slices.Sort(took)
			b.ReportMetric(float64(took[len(took)*50/100]), "p50-ns")
			b.ReportMetric(float64(took[len(took)*99/100]), "p99-ns")
		})
	}
}
