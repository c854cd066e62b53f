package kms

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/bedlock/bedlock/kms/material"
)

// No more computations than the lane is wide run at a time, all get their turn, and who
// gives up waiting does not run.
func TestLane(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := lane(make(chan struct{}, 2))
		var running, most, done atomic.Int64
		for range 7 {
			go l.run(t.Context(), func() error {
				most.Store(max(most.Load(), running.Add(1)))
				time.Sleep(time.Second)
				running.Add(-1)
				done.Add(1)
				return nil
			})
		}
		synctest.Wait()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second/2)
		defer cancel()
		err := l.run(ctx, func() error {
			t.Error("ran after its caller had gone")
			return nil
		})
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("waiting without end: %v", err)
		}
		time.Sleep(time.Minute)
		if most.Load() != 2 || done.Load() != 7 {
			t.Errorf("%d at a time, %d done", most.Load(), done.Load())
		}
		boom := errors.New("boom")
		if err := l.run(t.Context(), func() error { return boom }); err != boom {
			t.Errorf("error %v", err)
		}
		if len(l) != 0 {
			t.Errorf("%d places are still taken", len(l))
		}
	})
}

func TestLaneLeavesProcessors(t *testing.T) {
	if got, want := cap(newLane()), max(1, runtime.GOMAXPROCS(0)/2); got != want {
		t.Errorf("width %d, want %d", got, want)
	}
}

// While the lane is full, everything that is not RSA goes on.
func TestLaneDoesNotStopTheRest(t *testing.T) {
	w := newWorld(t)
	k := w.create(t, nil)
	rsaKey := w.keyOf(t, material.RSA2048, material.SignVerify)
	signer := w.keyOf(t, material.P256, material.SignVerify)
	for range cap(w.lane) {
		w.lane <- struct{}{}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := w.Sign(ctx, user("a"), &SignInput{KeyId: rsaKey.KeyId, Message: []byte("m"), SigningAlgorithm: "RSASSA_PSS_SHA_256"})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("RSA in a full lane: %v", err)
	}
	w.encrypted(t, k.KeyId, nil, "x")
	signature := w.signed(t, signer.KeyId, "ECDSA_SHA_256", "RAW", []byte("m"))
	for range cap(w.lane) {
		<-w.lane
	}
	ok[*VerifyOutput](t)(w.Verify(t.Context(), user("a"), &VerifyInput{KeyId: signer.KeyId, Message: []byte("m"), Signature: signature, SigningAlgorithm: "ECDSA_SHA_256"}))
}

// A hundred goroutines use, grant, retire, revoke, list and rotate, and in the end the
// store has what the service has.
func TestConcurrently(t *testing.T) {
	w := strict(t, func(o *Options) { o.Propagation = time.Minute })
	w.auth.all = true
	k := w.create(t, nil)
	rsaKey := w.keyOf(t, material.RSA2048, material.SignVerify)
	const workers, rounds = 100, 8
	var group sync.WaitGroup
	failures := make(chan error, workers*rounds)
	for i := range workers {
		group.Go(func() {
			for j := range rounds {
				if err := w.round(k, rsaKey, i, j); err != nil {
					failures <- fmt.Errorf("worker %d, round %d: %w", i, j, err)
					return
				}
			}
		})
	}
	group.Go(func() {
		for range 10 {
			w.writeUsage(context.Background())
			runtime.Gosched()
		}
	})
	group.Wait()
	close(failures)
	for err := range failures {
		t.Error(err)
	}
	v := w.entry(t, k.KeyId).now.Load()
	if want := workers * rounds / 4; len(v.grants) != want || len(v.decided) != want {
		t.Errorf("%d grants, %d for the engine, want %d", len(v.grants), len(v.decided), want)
	}
	for i, g := range v.grants {
		if v.decided[i].ID != g.ID {
			t.Fatalf("grant %d is out of step", i)
		}
	}
	want := map[string]bool{}
	for _, g := range v.grants {
		want[g.ID] = true
	}
	w.open(t)
	for _, g := range w.entry(t, k.KeyId).now.Load().grants {
		if !want[g.ID] {
			t.Errorf("the store has grant %s besides", g.ID)
		}
		delete(want, g.ID)
	}
	if len(want) > 0 {
		t.Errorf("the store lacks %d grants", len(want))
	}
}

// round is what each worker does: one grant in four stays.
func (w *world) round(k, rsaKey *KeyMetadata, i, j int) error {
	ctx, c := context.Background(), user(fmt.Sprint("u", i))
	g, err := w.CreateGrant(ctx, c, &CreateGrantInput{KeyId: k.KeyId, GranteePrincipal: c.Principal.ARN, Operations: []string{"Encrypt", "RetireGrant"}})
	if err != nil {
		return err
	}
	pairs := map[string]string{"worker": fmt.Sprint(i)}
	enc, err := w.Encrypt(ctx, c, &EncryptInput{KeyId: k.KeyId, Plaintext: []byte("x"), EncryptionContext: pairs, GrantTokens: []string{g.GrantToken}})
	if err != nil {
		return err
	}
	if _, err := w.Decrypt(ctx, user("d"), &DecryptInput{CiphertextBlob: enc.CiphertextBlob, EncryptionContext: pairs}); err != nil {
		return err
	}
	switch j % 4 {
	case 0:
		err = w.RetireGrant(ctx, c, &RetireGrantInput{GrantToken: g.GrantToken})
	case 1:
		err = w.RevokeGrant(ctx, user("d"), &RevokeGrantInput{KeyId: k.KeyId, GrantId: g.GrantId})
	case 2:
		if _, err = w.Sign(ctx, c, &SignInput{KeyId: rsaKey.KeyId, Message: []byte("m"), SigningAlgorithm: "RSASSA_PSS_SHA_256"}); err == nil {
			err = w.RetireGrant(ctx, c, &RetireGrantInput{KeyId: k.Arn, GrantId: g.GrantId})
		}
	case 3:
		_, err = w.ListGrants(ctx, c, &ListGrantsInput{KeyId: k.KeyId, GrantId: g.GrantId})
	}
	return err
}
