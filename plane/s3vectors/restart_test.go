package s3vectors_test

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/s3vectors/types"

	"github.com/bedlock/bedlock/plane/local/localtest"
)

// TestRestart: vectors and their metadata are there after a restart.
func TestRestart(t *testing.T) {
	dir := t.TempDir()
	w := &world{localtest.OpenKept(t, dir, estate), t}
	w.SetKeyPolicy(account, localtest.Region, alias, keyPolicy(owner, indexer))
	w.bucket("store", w.key(alias))
	w.index("store", "index", types.DistanceMetricCosine)
	if err := w.put(admin, "store", "index", point("a", map[string]any{"year": 2001}, 0.1, 0, 0)); err != nil {
		t.Fatal(err)
	}
	w.Close()
	w = &world{localtest.OpenKept(t, dir, ""), t}
	equal(t, "got", localtest.Must(w.got(admin, "store", "index", "a"))(t), map[string][]float32{"a": {0.1, 0, 0}})
	equal(t, "query", w.query("store", "index", map[string]any{"year": map[string]any{"$lt": 2002}}, 1, 1, 0, 0), []hit{{"a", 0}})
}
