package dynamodb

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"math/big"

	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane/behalf"
	"github.com/bedlock/bedlock/plane/emulate"
	"github.com/bedlock/bedlock/plane/records"
)

// longestItem is the largest item, in bytes.
// Source: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html
const longestItem = 400 << 10

// itemKind is the kind of the items of a table. A table of the same name has others.
func itemKind(table *records.Record) string { return "item:" + table.Doc.Text("TableId") }

// unlock opens the data key of a table, and the secret of its places.
func unlock(ctx context.Context, r *emulate.Request, table *records.Record) (*behalf.Unlocked, []byte, error) {
	sealed := table.Sealed[slot]
	u, err := r.Service.Keys.Unlock(ctx, r.Call, subject(r, table), sealed, "use")
	if err != nil {
		if err := monitor(ctx, r); err != nil {
			return nil, nil, err
		}
		return nil, nil, err
	}
	place, err := u.Open(sealed)
	return u, place, err
}

// keyAttribute is an attribute of a primary key: its name and type, S, N or B.
type keyAttribute struct{ name, kind string }

// primaryKey is the primary key of a table: one attribute or two.
func primaryKey(table *records.Record) []keyAttribute {
	var out []keyAttribute
	for _, e := range table.Doc.Objects("KeySchema") {
		a := keyAttribute{name: e.Text("AttributeName")}
		for _, d := range table.Doc.Objects("AttributeDefinitions") {
			if d.Text("AttributeName") == a.name {
				a.kind = d.Text("AttributeType")
			}
		}
		out = append(out, a)
	}
	return out
}

// leadingKey is the value of the partition key in a request, for the condition key.
func leadingKey(r *emulate.Request, table *records.Record) (string, bool) {
	key := primaryKey(table)
	for _, member := range []string{"Item", "Key"} {
		if v := r.In.Object(member).Object(key[0].name); v != nil {
			return v.Text(key[0].kind), v.Has(key[0].kind)
		}
	}
	if c, problem := conditionOf(r.In, key); problem == "" {
		return c.hash.Text(key[0].kind), true
	}
	return "", false
}

// checkValue refuses an attribute value without a type or with several.
func checkValue(r *emulate.Request, v wire.Object) error {
	switch {
	case len(v) == 0:
		return r.Fail(invalid, "Supplied AttributeValue is empty, must contain exactly one of the supported datatypes")
	case len(v) > 1:
		return r.Fail(invalid, "Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported datatypes")
	}
	for _, n := range append(v.Texts("NS"), v.Text("N")) {
		if _, ok := number(n); n != "" && !ok || n == "" && v.Has("N") {
			return r.Fail(invalid, "The parameter cannot be converted to a numeric value: %s", n)
		}
	}
	for _, inner := range v.Objects("L") {
		if err := checkValue(r, inner); err != nil {
			return err
		}
	}
	for name := range v.Object("M") {
		if err := checkValue(r, v.Object("M").Object(name)); err != nil {
			return err
		}
	}
	return nil
}

// number reads a number. Exponents are those of DynamoDB, so that none takes long.
// Source: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html
func number(text string) (*big.Rat, bool) {
	f, _, err := big.ParseFloat(text, 10, 256, big.ToNearestEven)
	if err != nil || f.IsInf() || f.Sign() != 0 && (f.MantExp(nil) > 420 || f.MantExp(nil) < -435) {
		return nil, false
	}
	n, ok := new(big.Rat).SetString(text)
	return n, ok
}

// checkKey refuses a primary key that is not one of the table; all says that nothing else may be
// with it.
func checkKey(r *emulate.Request, key []keyAttribute, values wire.Object, all bool) error {
	if all && len(values) != len(key) {
		return r.Fail(invalid, "The provided key element does not match the schema")
	}
	for _, a := range key {
		v := values.Object(a.name)
		switch {
		case v == nil && !all:
			return r.Fail(invalid, "One or more parameter values were invalid: Missing the key %s in the item", a.name)
		case v == nil || all && !v.Has(a.kind):
			return r.Fail(invalid, "The provided key element does not match the schema")
		case !v.Has(a.kind):
			for kind := range v {
				return r.Fail(invalid, "One or more parameter values were invalid: Type mismatch for key %s expected: %s actual: %s", a.name, a.kind, kind)
			}
		case v.Text("S") == "" && len(v.Blob("B")) == 0 && a.kind != "N":
			return r.Fail(invalid, "One or more parameter values are not valid. The AttributeValue for a key attribute cannot contain an empty string value. Key: %s", a.name)
		}
	}
	return nil
}

// placeOf is the id of the record of an item: a digest of its primary key under the secret of
// the table, so that no value shows.
func placeOf(secret []byte, key []keyAttribute, values wire.Object) string {
	h := hmac.New(sha256.New, secret)
	for _, a := range key {
		text := scalar(values.Object(a.name), a.kind)
		if n, ok := number(text); ok && a.kind == "N" {
			text = n.RatString() // 1.0 is 1
		}
		_ = json.NewEncoder(h).Encode([]byte(text)) // a hash takes everything
	}
	return hex.EncodeToString(h.Sum(nil))
}

// scalar is the value of a key as text.
func scalar(v wire.Object, kind string) string {
	if kind == "B" {
		return string(v.Blob(kind))
	}
	return v.Text(kind)
}

// open returns an item.
func open(u *behalf.Unlocked, item *records.Record) (wire.Object, error) {
	text, err := u.Open(item.Sealed[slot])
	if err != nil {
		return nil, err
	}
	var out wire.Object
	return out, out.UnmarshalJSON(text)
}

// elsewhere are the members of operations on items that are not done.
var elsewhere = []string{
	"ConditionExpression", "FilterExpression", "ProjectionExpression", "AttributesToGet", "Expected", "ConditionalOperator",
	"KeyConditions", "QueryFilter", "ScanFilter", "IndexName", "TotalSegments", "Segment",
}

// access is a call on items: the table, its data key and the place of the one that it names.
type access struct {
	table  *records.Record
	key    []keyAttribute
	data   *behalf.Unlocked
	secret []byte
}

// begin checks what all operations on items check, and opens the table. check is for what the
// call itself names.
func begin(ctx context.Context, r *emulate.Request, check func(a *access) error) (*access, error) {
	for _, name := range elsewhere {
		if r.In.Has(name) {
			return nil, r.Fail(invalid, "not implemented by the local plane: %s", name)
		}
	}
	for _, name := range []string{"ReturnConsumedCapacity", "ReturnItemCollectionMetrics"} {
		if v := r.In.Text(name); v != "" && v != "NONE" {
			return nil, r.Fail(invalid, "not implemented by the local plane: %s", name)
		}
	}
	table, err := find(r, r.Service.Records.Get)
	if err != nil {
		return nil, err
	}
	if status := table.Doc.Text("TableStatus"); status != "ACTIVE" && status != "UPDATING" {
		return nil, r.Fail(notFound, "Requested resource not found")
	}
	a := &access{table: table, key: primaryKey(table)}
	if err := check(a); err != nil {
		return nil, err
	}
	a.data, a.secret, err = unlock(ctx, r, table)
	return a, err
}

func (a *access) at(values wire.Object) records.Key {
	return records.Key{Service: api, Kind: itemKind(a.table), Account: a.table.Account, Region: a.table.Region, ID: placeOf(a.secret, a.key, values)}
}

func putItem(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	item := r.In.Object("Item")
	a, err := begin(ctx, r, func(a *access) error {
		for name := range item {
			if err := checkValue(r, item.Object(name)); err != nil {
				return err
			}
		}
		return checkKey(r, a.key, item, false)
	})
	if err != nil {
		return nil, err
	}
	text, err := item.MarshalJSON()
	if err != nil {
		return nil, err
	}
	if len(text) > longestItem {
		return nil, r.Fail(invalid, "Item size has exceeded the maximum allowed size")
	}
	rec := &records.Record{Key: a.at(item), Doc: wire.Object{"size": int64(len(text))}, Sealed: map[string]*records.Sealed{slot: a.data.Seal(text)}}
	return a.replace(ctx, r, rec)
}

func deleteItem(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	a, err := begin(ctx, r, func(a *access) error { return checkKey(r, a.key, r.In.Object("Key"), true) })
	if err != nil {
		return nil, err
	}
	return a.replace(ctx, r, &records.Record{Key: a.at(r.In.Object("Key"))})
}

// replace puts a record, or deletes it when nothing is sealed in it, and returns the item that
// was there when it is asked for.
func (a *access) replace(ctx context.Context, r *emulate.Request, rec *records.Record) (wire.Object, error) {
	if v := r.In.Text("ReturnValues"); v != "" && v != "NONE" && v != "ALL_OLD" {
		return nil, r.Fail(invalid, "Return values set to invalid value")
	}
	var old *records.Record
	err := r.Service.Records.Update(ctx, func(tx *records.Tx) error {
		table := tx.Get(a.table.Key)
		if table == nil || !a.data.Fits(table.Sealed[slot]) {
			return r.Fail("InternalServerError", "The table changed its key in between. Please try again.")
		}
		old = tx.Get(rec.Key)
		switch {
		case rec.Sealed != nil:
			if old != nil {
				rec.Number, rec.Created, rec.Updated = old.Number, old.Created, tx.Now()
			}
			tx.Put(rec)
		case old != nil:
			tx.Delete(rec.Key)
		}
		return nil
	})
	if err != nil || old == nil || r.In.Text("ReturnValues") != "ALL_OLD" {
		return nil, err
	}
	item, err := open(a.data, old)
	return wire.Object{"Attributes": item}, err
}

func getItem(ctx context.Context, r *emulate.Request) (wire.Object, error) {
	a, err := begin(ctx, r, func(a *access) error { return checkKey(r, a.key, r.In.Object("Key"), true) })
	if err != nil {
		return nil, err
	}
	rec := r.Service.Records.Get(a.at(r.In.Object("Key")))
	if rec == nil {
		return nil, nil
	}
	item, err := open(a.data, rec)
	return wire.Object{"Item": item}, err
}
