package kms

import (
	"bytes"
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"
)

// told collects events.
type told []Event

func (e *told) option(o *Options) { o.Events = func(x Event) { *e = append(*e, x) } }

// take returns the events since it was called last, without their times, which are those
// of the clock.
func (e *told) take(t *testing.T, now time.Time) string {
	t.Helper()
	for i := range *e {
		if !(*e)[i].Time.Equal(now) {
			t.Errorf("%+v at %v", (*e)[i], now)
		}
		(*e)[i].Time = time.Time{}
	}
	out := fmt.Sprintf("%+v", []Event(*e))
	*e = nil
	return out
}

func TestEvents(t *testing.T) {
	var events told
	w := newWorld(t, events.option)
	now := w.clock.Now
	expect := func(what string, want ...Event) {
		t.Helper()
		if got, want := events.take(t, now()), fmt.Sprintf("%+v", append([]Event{}, want...)); got != want {
			t.Errorf("%s:\ngot  %s\nwant %s", what, got, want)
		}
	}
	of := func(k *KeyMetadata, e Event) Event {
		e.ARN, e.KeyID, e.Account, e.Region, e.Origin = k.Arn, k.KeyId, testAccount, testRegion, k.Origin
		return e
	}

	k := w.create(t, nil)
	ok[*EncryptOutput](t)(w.Encrypt(t.Context(), user("a"), &EncryptInput{KeyId: k.KeyId, Plaintext: []byte("x")}))
	if err := w.EnableKeyRotation(t.Context(), user("a"), &EnableKeyRotationInput{KeyId: k.KeyId, RotationPeriodInDays: 90}); err != nil {
		t.Fatal(err)
	}
	expect("what is asked for")
	ok[*RotateKeyOnDemandOutput](t)(w.RotateKeyOnDemand(t.Context(), user("a"), &RotateKeyOnDemandInput{KeyId: k.KeyId}))
	second := w.describe(t, k.KeyId).CurrentKeyMaterialId
	expect("on demand", of(k, Event{Name: "RotateKey", Material: second, Previous: k.CurrentKeyMaterialId, RotationType: "ON_DEMAND"}))
	w.clock.add(90*day - time.Second)
	w.settleDue()
	expect("too early")
	w.clock.add(time.Second)
	w.settleDue()
	third := w.describe(t, k.KeyId).CurrentKeyMaterialId
	expect("in time", of(k, Event{Name: "RotateKey", Material: third, Previous: second, RotationType: "AUTOMATIC"}))

	imported := w.create(t, &CreateKeyInput{Origin: OriginExternal})
	id := w.imports(t, imported.KeyId, bytes.Repeat([]byte{7}, 32), until(now().Add(time.Hour)))
	expect("an import")
	w.clock.add(time.Hour)
	w.settleDue()
	expect("an expiry", of(imported, Event{Name: "DeleteExpiredKeyMaterial", Material: id}))
	w.settleDue()
	expect("nothing twice")

	ok[*ScheduleKeyDeletionOutput](t)(w.ScheduleKeyDeletion(t.Context(), user("a"), &ScheduleKeyDeletionInput{KeyId: imported.KeyId, PendingWindowInDays: 7}))
	w.clock.add(7 * day)
	expect("a pending deletion")
	w.settleDue()
	expect("a deletion", of(imported, Event{Name: "DeleteKey"}))

	primary := w.create(t, &CreateKeyInput{MultiRegion: true})
	ok[*ReplicateKeyOutput](t)(w.ReplicateKey(t.Context(), user("a"), &ReplicateKeyInput{KeyId: primary.KeyId, ReplicaRegion: "eu-central-1"}))
	expect("a replica", of(primary, Event{Name: "SynchronizeMultiRegionKey"}))
	ok[*RotateKeyOnDemandOutput](t)(w.RotateKeyOnDemand(t.Context(), user("a"), &RotateKeyOnDemandInput{KeyId: primary.KeyId}))
	expect("a rotation with a replica", of(primary, Event{Name: "RotateKey", Material: w.describe(t, primary.KeyId).CurrentKeyMaterialId, Previous: primary.CurrentKeyMaterialId, RotationType: "ON_DEMAND"}),
		of(primary, Event{Name: "SynchronizeMultiRegionKey"}))
}

// TestRunDeletesKeys: nobody has to ask for a key whose time has come.
func TestRunDeletesKeys(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		events := make(chan Event, 9)
		w := newWorld(t, func(o *Options) { o.Now, o.Events = time.Now, func(e Event) { events <- e } })
		k := w.create(t, nil)
		ok[*ScheduleKeyDeletionOutput](t)(w.ScheduleKeyDeletion(t.Context(), user("a"), &ScheduleKeyDeletionInput{KeyId: k.KeyId, PendingWindowInDays: 7}))
		ctx, stop := context.WithCancel(t.Context())
		stopped := make(chan error)
		go func() { stopped <- w.Run(ctx) }()
		time.Sleep(7*day - time.Second)
		synctest.Wait()
		if len(events) != 0 {
			t.Errorf("too early: %+v", <-events)
		}
		time.Sleep(UsageDelay + time.Second)
		synctest.Wait()
		if len(events) != 1 {
			t.Fatalf("%d events, want 1", len(events))
		}
		if e := <-events; e.Name != EventDeleteKey || e.ARN != k.Arn {
			t.Errorf("%+v", e)
		}
		stop()
		if err := <-stopped; err != nil {
			t.Error(err)
		}
	})
}
