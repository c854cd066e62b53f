package awsquery

import (
	"bytes"
	"encoding/xml"
	"errors"
	"maps"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/bedlock/bedlock/internal/model"
	"github.com/bedlock/bedlock/internal/shape"
)

// requests are forms as SDKs and the AWS CLI send them.
var requests = []string{
	"Action=GetCallerIdentity&Version=2011-06-15",
	"Action=AssumeRole&RoleArn=arn%3Aaws%3Aiam%3A%3A111122223333%3Arole%2Fr&RoleSessionName=s-1&DurationSeconds=900&PolicyArns.member.1.arn=arn%3Aaws%3Aiam%3A%3Aaws%3Apolicy%2FReadOnlyAccess&Tags.member.1.Key=team&Tags.member.1.Value=ml&Tags.member.2.Key=x&Tags.member.2.Value=&TransitiveTagKeys.member.1=team&Version=2011-06-15",
	"Action=CreateUser&Version=2010-05-08&UserName=alice&Path=%2Fteam%2F&Tags.member.1.Key=a&Tags.member.1.Value=b",
	"Action=PutRolePolicy&PolicyDocument=%7B%22Version%22%3A%222012-10-17%22%2C%22Statement%22%3A%5B%5D%7D&PolicyName=p&RoleName=r&Version=2010-05-08",
	"Action=SimulateCustomPolicy&ActionNames.member.1=kms%3ADecrypt&ContextEntries.member.1.ContextKeyName=aws%3ASourceIp&ContextEntries.member.1.ContextKeyType=ip&ContextEntries.member.1.ContextKeyValues.member.1=10.0.0.1&PolicyInputList.member.1=%7B%7D&Version=2010-05-08",
	"Action=UpdateLoginProfile&Password=geheim&PasswordResetRequired=true&UserName=u&Version=2010-05-08",
	"Action=ListUsers&MaxItems=0900&PathPrefix=%2F&Version=2010-05-08&Tags=",
	"A=1&&A.b=%zz&.=..&=;%FF",
}

// FuzzDecode: every form is read or refused; what is read is read again from what it is
// sent as; a refusal is XML and has nothing secret.
func FuzzDecode(f *testing.F) {
	roots := map[string]*shape.Node{}
	for _, s := range []*Service{sts(f), iam(f)} {
		for name, op := range s.api.Operations {
			if op.Input == "" {
				continue
			}
			p, err := s.api.Compile(name, model.Input, goType(f, s, op.Input))
			if err != nil {
				f.Fatal(err)
			}
			roots[name] = p.Root
		}
	}
	names := slices.Sorted(maps.Keys(roots))
	for _, r := range requests {
		q, _ := url.ParseQuery(r)
		i := slices.Index(names, q.Get("Action"))
		f.Add([]byte(r), uint8(max(0, i)))
	}
	service := iam(f)
	f.Fuzz(func(t *testing.T, form []byte, which uint8) {
		root := roots[names[int(which)%len(names)]]
		in, again := reflect.New(root.Base).Elem(), reflect.New(root.Base).Elem()
		err := decode(root, form, in)
		if e := decode(root, form, again); !cmp.Equal(err, e) || !cmp.Equal(in.Interface(), again.Interface(), exportAll) {
			t.Fatalf("%q: %v, then %v", form, err, e)
		}
		service.Operation(form)
		if err := wellFormed(service.AppendError(nil, "id", "x", service.Refuse(form).Message)); err != nil {
			t.Fatal(err)
		}
		var e *Error
		switch {
		case err == nil:
			return
		case !errors.As(err, &e) || !utf8.ValidString(e.Message):
			t.Fatalf("%T %v", err, err)
		case e.Code == ValidationError && e.Message == "", !slices.Contains([]string{ValidationError, MalformedInput, MalformedQueryString, RequestEntityTooLarge}, e.Code):
			t.Fatalf("%v", e)
		}
		if err := wellFormed(service.AppendError(nil, "id", e.Code, e.Message)); err != nil {
			t.Fatal(err)
		}
		for _, m := range root.Members {
			if text := in.Field(m.Field); m.Value.Shape.Sensitive && m.Value.Shape.Type == model.TypeString && text.Len() > 20 && strings.Contains(e.Message, text.String()) {
				t.Fatalf("%s is in %q", m.Name, e.Message)
			}
		}
	})
}

// FuzzForm compares the parameters with those of net/url, and the order with a tree.
func FuzzForm(f *testing.F) {
	for _, r := range requests {
		f.Add([]byte(r))
	}
	f.Fuzz(func(t *testing.T, form []byte) {
		v, refusal := parse(form)
		want, err := url.ParseQuery(string(form))
		if refusal != nil || err != nil {
			if refusal == nil && !bytes.Contains(form, []byte(";")) { // which net/url refuses
				t.Fatal(err)
			}
			return
		}
		got := url.Values{}
		for _, p := range v.parameters {
			got[p.name] = append(got[p.name], p.text)
		}
		if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
			t.Fatal(diff)
		}
		for name, texts := range want {
			at, ok := v, true
			for _, segment := range strings.Split(name, ".") {
				if at, ok = at.child(segment); !ok {
					t.Fatalf("%q: no %q", name, segment)
				}
			}
			if text, ok := at.text(); !ok || text != texts[0] {
				t.Fatalf("%q is %q %t, want %q", name, text, ok, texts[0])
			}
		}
	})
}

// FuzzEscape: a reader of XML gets back what was written, but for what XML cannot have.
func FuzzEscape(f *testing.F) {
	for _, s := range []string{"", `{"Version":"2012-10-17"}`, "a\r\nb\tc", "]]>&amp;<x/>", "\x00\ufffe\xff😀"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		want := strings.Map(func(r rune) rune {
			if r == '\t' || r == '\n' || r == '\r' || ' ' <= r && r <= '\ufffd' || r >= 0x10000 {
				return r
			}
			return utf8.RuneError
		}, text)
		var got struct {
			Text string `xml:",chardata"`
		}
		var d document
		d.text("T", text)
		if err := xml.Unmarshal(d.b, &got); err != nil || got.Text != want {
			t.Fatalf("%q became %q %v", text, got.Text, err)
		}
	})
}
