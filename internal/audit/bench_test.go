package audit

import (
	"context"
	"fmt"
	"runtime"
	"testing"

	"github.com/bedlock/bedlock"
	"github.com/bedlock/bedlock/catalog"
	"github.com/bedlock/bedlock/inventory"
)

// synthetic is an inventory of n slots like a large estate: keyed, unkeyed,
// undecided and stored slots, one key for every hundred.
func synthetic(n int) inventory.Parts {
	var p inventory.Parts
	keys := max(1, n/100)
	for i := range keys {
		k := goodKey(withPolicy(allow(root, `"kms:*"`, "")), func(k *inventory.Key) {
			k.ID, k.Address = fmt.Sprintf("f%d.yaml#Key%d", i%50, i), fmt.Sprintf("Key%d", i)
			k.Name = k.Address
			k.Rotation = known(i%3 != 0)
		})
		p.Keys = append(p.Keys, k)
		p.Aliases = append(p.Aliases, aliasOf(k))
	}
	for i := range n {
		key := p.Keys[i%keys].ID
		var r inventory.Resource
		switch i % 5 {
		case 0:
			r = guardrail(toKey(keyARN, key, "by reference"))
		case 1:
			r = agent(none(catalog.OwnerAWSOwned, "key owned by AWS"))
		case 2:
			r = guardrail(text(keyARN))
		case 3:
			r = res("AWS::S3::Bucket", "", "default-encryption", toKey(keyARN, key, "by reference"))
		case 4:
			r = res("AWS::Bedrock::KnowledgeBase", "", "store", inventory.Named{Text: known("b"), Store: fmt.Sprintf("f%d.yaml#R%08d", (i-1)%50, i-1), StoreSlot: "default-encryption"})
		}
		r.Address = fmt.Sprintf("R%08d", i)
		r.ID = fmt.Sprintf("f%d.yaml#%s", i%50, r.Address)
		p.Resources = append(p.Resources, r)
	}
	return p
}

// BenchmarkRun judges 1,000,000 slots. bytes/slot is what is allocated in all,
// live-bytes/slot what the audit itself still holds at its end.
func BenchmarkRun(b *testing.B) {
	const n = 1_000_000
	inv, err := inventory.New(synthetic(n))
	if err != nil {
		b.Fatal(err)
	}
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	var held uint64
	b.ResetTimer()
	for b.Loop() {
		slots := 0
		sum, err := Run(context.Background(), inv, Options{Catalog: testCatalog(), Now: now}, func(m bedlock.Message) error {
			if m.Slot != nil {
				slots++
			}
			if slots == n && held == 0 {
				runtime.GC()
				var m runtime.MemStats
				runtime.ReadMemStats(&m)
				held = m.HeapAlloc - before.HeapAlloc
			}
			return nil
		})
		if err != nil || sum.Slots != n {
			b.Fatal(err, sum.Slots)
		}
	}
	b.StopTimer()
	runtime.ReadMemStats(&after)
	total := float64(b.N) * n
	b.ReportMetric(total/b.Elapsed().Seconds(), "slots/s")
	b.ReportMetric(float64(after.TotalAlloc-before.TotalAlloc)/total, "bytes/slot")
	b.ReportMetric(float64(held)/n, "live-bytes/slot")
}
