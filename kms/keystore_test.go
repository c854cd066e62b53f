package kms

import (
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/bedlock/bedlock/kms/material"
)

func TestCustomKeyStores(t *testing.T) {
	p := newFakeProxy(t)
	p.secret = proxySecret
	xks := func(o *Options) { o.Xks = p }
	w := newWorld(t, xks)
	id := w.createStore(t, xksStore("one"))
	if !strings.HasPrefix(id, "cks-") || len(id) != 21 {
		t.Errorf("CustomKeyStoreId %s", id)
	}
	vpc := w.createStore(t, vpcInput("two"))
	w.open(t, xks)
	list := ok[*DescribeCustomKeyStoresOutput](t)(w.DescribeCustomKeyStores(t.Context(), user("admin"), &DescribeCustomKeyStoresInput{}))
	describe := func(id, name, rest string) string {
		return `{"CustomKeyStoreId":"` + id + `","CustomKeyStoreName":"` + name + `","ConnectionState":"DISCONNECTED","CreationDate":"2026-11-25T12:00:00Z","CustomKeyStoreType":"EXTERNAL_KEY_STORE","XksProxyConfiguration":{` + rest + `}}`
	}
	common := func(name string) string {
		return `"AccessKeyId":"` + proxyAccess + `","UriEndpoint":"https://` + name + `.example.com","UriPath":"/kms/xks/v1"`
	}
	want := []string{
		describe(id, "one", `"Connectivity":"PUBLIC_ENDPOINT",`+common("one")),
		describe(vpc, "two", `"Connectivity":"VPC_ENDPOINT_SERVICE",`+common("two")+`,"VpcEndpointServiceName":"com.amazonaws.vpce.us-east-1.vpce-svc-two","VpcEndpointServiceOwner":"111122223333"`),
	}
	slices.Sort(want) // by id
	if got := inJSON(t, list); got != `{"CustomKeyStores":[`+strings.Join(want, ",")+`],"Truncated":false}` {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
	// Only the one with a public endpoint was called before it was connected.
	if want := []string{"health CreateCustomKeyStore"}; !slices.Equal(p.calls, want) {
		t.Errorf("calls %q, want %q", p.calls, want)
	}
	if p.last != (XksRequestMetadata{KmsOperation: "CreateCustomKeyStore", KmsRequestID: "request-1"}) {
		t.Errorf("metadata %+v", p.last)
	}
	byName := ok[*DescribeCustomKeyStoresOutput](t)(w.DescribeCustomKeyStores(t.Context(), user("admin"), &DescribeCustomKeyStoresInput{CustomKeyStoreName: "two"}))
	if len(byName.CustomKeyStores) != 1 || byName.CustomKeyStores[0].CustomKeyStoreId != vpc {
		t.Errorf("by name: %+v", byName)
	}
	for _, c := range []*Call{user("admin").in(otherRegion), userOf(otherAccount, "x")} {
		_, err := w.DescribeCustomKeyStores(t.Context(), c, &DescribeCustomKeyStoresInput{CustomKeyStoreId: id})
		wantError(t, err, CustomKeyStoreNotFound, "Custom key store "+id+" does not exist.")
		_, err = w.ConnectCustomKeyStore(t.Context(), c, &ConnectCustomKeyStoreInput{id})
		wantError(t, err, CustomKeyStoreNotFound, "Custom key store "+id+" does not exist.")
		if list := ok[*DescribeCustomKeyStoresOutput](t)(w.DescribeCustomKeyStores(t.Context(), c, &DescribeCustomKeyStoresInput{})); inJSON(t, list) != `{"CustomKeyStores":[],"Truncated":false}` {
			t.Errorf("elsewhere: %s", inJSON(t, list))
		}
	}
	_, err := w.DescribeCustomKeyStores(t.Context(), user("admin"), &DescribeCustomKeyStoresInput{CustomKeyStoreName: "three"})
	wantError(t, err, CustomKeyStoreNotFound, "Custom key store three does not exist.")
	_, err = w.DescribeCustomKeyStores(t.Context(), user("admin"), &DescribeCustomKeyStoresInput{CustomKeyStoreId: id, CustomKeyStoreName: "two"})
	wantError(t, err, Validation, "CustomKeyStoreId and CustomKeyStoreName cannot both be specified.")
}

// The secret of a proxy stands nowhere in clear, and no printing reveals it.
func TestProxySecretIsHidden(t *testing.T) {
	p := newFakeProxy(t, "external")
	p.secret = proxySecret
	w := newWorld(t, func(o *Options) { o.Xks = p })
	id := w.createStore(t, xksStore("store"))
	for place, value := range w.store.records {
		if strings.Contains(string(value), proxySecret) || strings.Contains(string(value), "VlU2VzJieW9p") {
			t.Errorf("record %v holds the secret in clear", place)
		}
	}
	x := w.stores[id].now.Load()
	list := ok[*DescribeCustomKeyStoresOutput](t)(w.DescribeCustomKeyStores(t.Context(), user("admin"), &DescribeCustomKeyStoresInput{}))
	for _, v := range []any{x, *x, x.secret, x.endpoint(), *x.endpoint(), list, xksStore("x").XksProxyAuthenticationCredential} {
		for _, text := range []string{fmt.Sprintf("%v %+v %#v %s %q", v, v, v, v, v), inJSONOrNothing(v)} {
			if _, credential := v.(*XksProxyAuthenticationCredentialType); strings.Contains(text, proxySecret) && !(credential && strings.HasPrefix(text, "{")) {
				t.Errorf("%T prints the secret: %s", v, text)
			}
		}
	}
	// After a restart it still works.
	w.open(t, func(o *Options) { o.Xks = p })
	w.connect(t, id)
	if got := w.connection(t, id); got != "CONNECTED" {
		t.Errorf("connection %s", got)
	}
}

// inJSONOrNothing is v in JSON. The input of the API, which a decoder fills, is let out.
func inJSONOrNothing(v any) string {
	if _, input := v.(*XksProxyAuthenticationCredentialType); input {
		return ""
	}
	b, _ := encode(v)
	return string(b)
}

func TestCreateCustomKeyStoreRefusals(t *testing.T) {
	p := newFakeProxy(t)
	w := newWorld(t, func(o *Options) { o.Xks = p })
	w.createStore(t, xksStore("one"))
	w.createStore(t, vpcInput("two"))
	for name, tt := range map[string]struct {
		change  func(in *CreateCustomKeyStoreInput)
		code    Code
		message string
	}{
		"CloudHSM by default": {
			func(in *CreateCustomKeyStoreInput) {
				*in = CreateCustomKeyStoreInput{CustomKeyStoreName: "hsm", CloudHsmClusterId: "cluster-1a23b4cdefg", KeyStorePassword: "kmsPswd", TrustAnchorCertificate: "x"}
			}, CloudHsmClusterNotFound,
			"There is no CloudHSM cluster cluster-1a23b4cdefg: this KMS has no CloudHSM. Use a custom key store of the type EXTERNAL_KEY_STORE.",
		},
		"CloudHSM without a cluster": {
			func(in *CreateCustomKeyStoreInput) { in.CustomKeyStoreType = "AWS_CLOUDHSM" }, Validation,
			"CloudHsmClusterId is required for custom key stores of the type AWS_CLOUDHSM.",
		},
		"with parameters of CloudHSM": {
			func(in *CreateCustomKeyStoreInput) { in.KeyStorePassword = "kmsPswd" }, Validation,
			"CloudHsmClusterId, KeyStorePassword and TrustAnchorCertificate are not valid for custom key stores of the type EXTERNAL_KEY_STORE.",
		},
		"no name": {func(in *CreateCustomKeyStoreInput) { in.CustomKeyStoreName = "" }, Validation, "CustomKeyStoreName is required."},
		"no path": {
			func(in *CreateCustomKeyStoreInput) { in.XksProxyUriPath = "" }, Validation,
			"XksProxyUriEndpoint and XksProxyUriPath are required for custom key stores of the type EXTERNAL_KEY_STORE.",
		},
		"no credential": {
			func(in *CreateCustomKeyStoreInput) { in.XksProxyAuthenticationCredential = nil }, Validation,
			"XksProxyAuthenticationCredential is required for custom key stores of the type EXTERNAL_KEY_STORE.",
		},
		"no connectivity": {
			func(in *CreateCustomKeyStoreInput) { in.XksProxyConnectivity = "" }, Validation,
			"XksProxyConnectivity must be PUBLIC_ENDPOINT or VPC_ENDPOINT_SERVICE.",
		},
		"no service": {
			func(in *CreateCustomKeyStoreInput) { in.XksProxyConnectivity = "VPC_ENDPOINT_SERVICE" }, Validation,
			"XksProxyVpcEndpointServiceName is required for the XksProxyConnectivity VPC_ENDPOINT_SERVICE.",
		},
		"a service for nothing": {
			func(in *CreateCustomKeyStoreInput) { in.XksProxyVpcEndpointServiceName = "x" }, Validation,
			"XksProxyVpcEndpointServiceName is not valid for the XksProxyConnectivity PUBLIC_ENDPOINT.",
		},
		"same name": {
			func(in *CreateCustomKeyStoreInput) { in.CustomKeyStoreName = "one" }, CustomKeyStoreNameInUse,
			"A custom key store with the name one already exists.",
		},
		"same URI": {
			func(in *CreateCustomKeyStoreInput) { in.XksProxyUriEndpoint = "https://one.example.com" }, XksProxyURIInUse,
			"The XksProxyUriEndpoint https://one.example.com with the XksProxyUriPath /kms/xks/v1 is already associated with another external key store.",
		},
		"public, at the endpoint of one in a VPC": {
			func(in *CreateCustomKeyStoreInput) {
				in.XksProxyUriEndpoint, in.XksProxyUriPath = "https://two.example.com", "/other/kms/xks/v1"
			}, XksProxyURIEndpointInUse,
			"The XksProxyUriEndpoint https://two.example.com is already associated with another external key store.",
		},
		"in a VPC, at the endpoint of a public one": {
			func(in *CreateCustomKeyStoreInput) {
				*in = *vpcInput("new")
				in.XksProxyUriEndpoint, in.XksProxyUriPath = "https://one.example.com", "/other/kms/xks/v1"
			}, XksProxyURIEndpointInUse,
			"The XksProxyUriEndpoint https://one.example.com is already associated with another external key store.",
		},
		"same VPC endpoint service": {
			func(in *CreateCustomKeyStoreInput) {
				*in = *vpcInput("new")
				in.XksProxyVpcEndpointServiceName = "com.amazonaws.vpce.us-east-1.vpce-svc-two"
			}, XksProxyVpcEndpointServiceInUse,
			"The VPC endpoint service com.amazonaws.vpce.us-east-1.vpce-svc-two is already associated with another external key store.",
		},
	} {
		t.Run(name, func(t *testing.T) {
			in := xksStore("new")
			tt.change(in)
			_, err := w.CreateCustomKeyStore(t.Context(), user("admin"), in)
			wantError(t, err, tt.code, tt.message)
		})
	}
	// The path alone tells two stores of one public proxy apart.
	in := xksStore("three")
	in.XksProxyUriEndpoint, in.XksProxyUriPath = "https://one.example.com", "/tenant/kms/xks/v1"
	w.createStore(t, in)
	// What an account or Region has, others may have too.
	ok[*CreateCustomKeyStoreOutput](t)(w.CreateCustomKeyStore(t.Context(), user("admin").in(otherRegion), xksStore("one")))
	ok[*CreateCustomKeyStoreOutput](t)(w.CreateCustomKeyStore(t.Context(), userOf(otherAccount, "x"), xksStore("one")))
	for i := range 7 {
		w.createStore(t, xksStore(fmt.Sprint("more", i)))
	}
	_, err := w.CreateCustomKeyStore(t.Context(), user("admin"), xksStore("eleventh"))
	wantError(t, err, LimitExceeded, "")
}

func TestConnectAndDisconnect(t *testing.T) {
	p := newFakeProxy(t, "external")
	options := func(o *Options) { o.Xks, o.Passing = p, time.Minute }
	w := newWorld(t, options)
	id := w.createStore(t, xksStore("store"))
	is := func(want string) {
		t.Helper()
		if got := w.connection(t, id); got != want {
			t.Errorf("connection %s, want %s", got, want)
		}
	}
	refused := func(err error, state string) {
		t.Helper()
		wantError(t, err, CustomKeyStoreInvalidState, "The connection state of custom key store "+id+" is "+state+", which is not valid for this operation.")
	}
	connect := func() error {
		_, err := w.ConnectCustomKeyStore(t.Context(), user("admin"), &ConnectCustomKeyStoreInput{id})
		return err
	}
	disconnect := func() error {
		_, err := w.DisconnectCustomKeyStore(t.Context(), user("admin"), &DisconnectCustomKeyStoreInput{id})
		return err
	}
	refused(disconnect(), "DISCONNECTED")
	w.connect(t, id)
	is("CONNECTING")
	w.connect(t, id)
	w.open(t, options)
	is("CONNECTING")
	w.clock.add(time.Minute)
	is("CONNECTED")
	w.connect(t, id)
	if want := []string{"health CreateCustomKeyStore", "health ConnectCustomKeyStore"}; !slices.Equal(p.calls, want) {
		t.Errorf("calls %q, want %q", p.calls, want)
	}
	w.disconnect(t, id)
	is("DISCONNECTING")
	refused(connect(), "DISCONNECTING")
	refused(disconnect(), "DISCONNECTING")
	w.clock.add(-time.Hour) // a clock that jumps back does not hold it for an hour
	is("DISCONNECTED")
	p.fault = &XksError{FaultTLS, "certificate expired"}
	w.connect(t, id)
	w.clock.add(time.Minute)
	is("FAILED XKS_PROXY_INVALID_TLS_CONFIGURATION")
	p.fault = nil
	refused(connect(), "FAILED")
	_, err := w.UpdateCustomKeyStore(t.Context(), user("admin"), &UpdateCustomKeyStoreInput{CustomKeyStoreId: id, NewCustomKeyStoreName: "other"})
	refused(err, "FAILED")
	_, err = w.DeleteCustomKeyStore(t.Context(), user("admin"), &DeleteCustomKeyStoreInput{id})
	refused(err, "FAILED")
	w.disconnect(t, id)
	w.clock.add(time.Minute)
	w.connect(t, id)
	w.clock.add(time.Minute)
	is("CONNECTED")
}

func TestConnectionErrorCodes(t *testing.T) {
	for fault, want := range map[XksFault]string{
		FaultAuthenticationFailed: "INVALID_CREDENTIALS", FaultAccessDenied: "XKS_PROXY_ACCESS_DENIED", FaultInvalidURIPath: "XKS_PROXY_INVALID_CONFIGURATION",
		FaultMalformed: "XKS_PROXY_INVALID_RESPONSE", FaultInternal: "XKS_PROXY_INVALID_RESPONSE", FaultUnreachable: "XKS_PROXY_NOT_REACHABLE",
		FaultTLS: "XKS_PROXY_INVALID_TLS_CONFIGURATION", FaultTimedOut: "XKS_PROXY_TIMED_OUT", FaultDependencyTimeout: "XKS_PROXY_TIMED_OUT", "unheard of": "XKS_PROXY_INVALID_RESPONSE",
	} {
		p := newFakeProxy(t)
		w := newWorld(t, func(o *Options) { o.Xks = p })
		id := w.createStore(t, vpcInput("store"))
		p.fault = &XksError{Fault: fault}
		w.connect(t, id)
		if got := w.connection(t, id); got != "FAILED "+want {
			t.Errorf("%s: %s, want %s", fault, got, want)
		}
	}
	// A key manager that cannot serve is told like a proxy that is not there.
	p := newFakeProxy(t)
	p.health = "UNAVAILABLE"
	w := newWorld(t, func(o *Options) { o.Xks = p })
	id := w.createStore(t, vpcInput("store"))
	w.connect(t, id)
	if got := w.connection(t, id); got != "FAILED XKS_PROXY_NOT_REACHABLE" {
		t.Errorf("unavailable: %s", got)
	}
	// Without a client for proxies none can be reached.
	w = newWorld(t)
	_, err := w.CreateCustomKeyStore(t.Context(), user("admin"), xksStore("store"))
	wantError(t, err, XksProxyURIUnreachable, faultMessages[FaultUnreachable])
}

func TestUpdateCustomKeyStore(t *testing.T) {
	p := newFakeProxy(t)
	w := newWorld(t, func(o *Options) { o.Xks = p })
	id, other := w.createStore(t, xksStore("store")), w.createStore(t, vpcInput("other"))
	update := func(in UpdateCustomKeyStoreInput) error {
		in.CustomKeyStoreId = id
		_, err := w.UpdateCustomKeyStore(t.Context(), user("admin"), &in)
		return err
	}
	must := func(in UpdateCustomKeyStoreInput) {
		t.Helper()
		if err := update(in); err != nil {
			t.Fatal(err)
		}
	}
	w.connect(t, id)
	// While it is connected: name, path and credential.
	must(UpdateCustomKeyStoreInput{NewCustomKeyStoreName: "renamed"})
	p.secret, p.path = strings.Repeat("z", 43), "/new/kms/xks/v1"
	wantError(t, update(UpdateCustomKeyStoreInput{XksProxyUriPath: "/new/kms/xks/v1"}), XksProxyIncorrectCredential, faultMessages[FaultAuthenticationFailed])
	must(UpdateCustomKeyStoreInput{XksProxyUriPath: "/new/kms/xks/v1", XksProxyAuthenticationCredential: &XksProxyAuthenticationCredentialType{"NEWKEY", p.secret}})
	if n := len(p.calls); p.calls[n-1] != "health UpdateCustomKeyStore" {
		t.Errorf("calls %q", p.calls)
	}
	message := "The connection state of custom key store " + id + " is CONNECTED, which is not valid for this operation."
	for _, in := range []UpdateCustomKeyStoreInput{
		{XksProxyUriEndpoint: "https://new.example.com"}, {XksProxyConnectivity: "PUBLIC_ENDPOINT"}, {XksProxyVpcEndpointServiceName: "x"}, {XksProxyVpcEndpointServiceOwner: otherAccount},
	} {
		wantError(t, update(in), CustomKeyStoreInvalidState, message)
	}
	w.disconnect(t, id)
	wantError(t, update(UpdateCustomKeyStoreInput{NewCustomKeyStoreName: "other"}), CustomKeyStoreNameInUse, "A custom key store with the name other already exists.")
	wantError(t, update(UpdateCustomKeyStoreInput{XksProxyUriEndpoint: "https://other.example.com"}), XksProxyURIEndpointInUse, "The XksProxyUriEndpoint https://other.example.com is already associated with another external key store.")
	// A public proxy is called even while the store is disconnected, a rename asks nobody.
	wantError(t, update(UpdateCustomKeyStoreInput{XksProxyUriPath: "/wrong/kms/xks/v1"}), XksProxyInvalidConfiguration, faultMessages[FaultInvalidURIPath])
	calls := len(p.calls)
	must(UpdateCustomKeyStoreInput{NewCustomKeyStoreName: "renamed"})
	if len(p.calls) != calls {
		t.Error("the proxy was called for a new name")
	}
	wantError(t, update(UpdateCustomKeyStoreInput{CloudHsmClusterId: "cluster-1a23b4cdefg"}), Validation, "CloudHsmClusterId and KeyStorePassword are not valid for custom key stores of the type EXTERNAL_KEY_STORE.")
	wantError(t, update(UpdateCustomKeyStoreInput{XksProxyConnectivity: "VPC_ENDPOINT_SERVICE", XksProxyVpcEndpointServiceName: "x"}), Validation, "A change of XksProxyConnectivity needs another XksProxyUriEndpoint.")
	wantError(t, update(UpdateCustomKeyStoreInput{XksProxyConnectivity: "VPC_ENDPOINT_SERVICE", XksProxyUriEndpoint: "https://vpc.example.com"}), Validation, "XksProxyVpcEndpointServiceName is required for the XksProxyConnectivity VPC_ENDPOINT_SERVICE.")
	must(UpdateCustomKeyStoreInput{XksProxyConnectivity: "VPC_ENDPOINT_SERVICE", XksProxyUriEndpoint: "https://vpc.example.com", XksProxyVpcEndpointServiceName: "service"})
	must(UpdateCustomKeyStoreInput{XksProxyVpcEndpointServiceOwner: otherAccount})
	w.open(t, func(o *Options) { o.Xks = p })
	config := func(id string) string {
		t.Helper()
		out := ok[*DescribeCustomKeyStoresOutput](t)(w.DescribeCustomKeyStores(t.Context(), user("admin"), &DescribeCustomKeyStoresInput{CustomKeyStoreId: id}))
		return out.CustomKeyStores[0].CustomKeyStoreName + " " + inJSON(t, out.CustomKeyStores[0].XksProxyConfiguration)
	}
	if got, want := config(id), `renamed {"Connectivity":"VPC_ENDPOINT_SERVICE","AccessKeyId":"NEWKEY","UriEndpoint":"https://vpc.example.com","UriPath":"/new/kms/xks/v1","VpcEndpointServiceName":"service","VpcEndpointServiceOwner":"444455556666"}`; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	must(UpdateCustomKeyStoreInput{XksProxyConnectivity: "PUBLIC_ENDPOINT", XksProxyUriEndpoint: "https://public.example.com"})
	if got, want := config(id), `renamed {"Connectivity":"PUBLIC_ENDPOINT","AccessKeyId":"NEWKEY","UriEndpoint":"https://public.example.com","UriPath":"/new/kms/xks/v1"}`; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	w.connect(t, id) // with the credential that was stored
	if got := w.connection(t, id); got != "CONNECTED" {
		t.Errorf("connection %s", got)
	}
	if got := config(other); !strings.HasPrefix(got, "other ") {
		t.Errorf("the other store is %s", got)
	}
}

func TestDeleteCustomKeyStore(t *testing.T) {
	w, _, id := newXks(t, "external")
	k := w.inStore(t, id, "external")
	remove := func() error {
		_, err := w.DeleteCustomKeyStore(t.Context(), user("admin"), &DeleteCustomKeyStoreInput{id})
		return err
	}
	wantError(t, remove(), CustomKeyStoreInvalidState, "The connection state of custom key store "+id+" is CONNECTED, which is not valid for this operation.")
	w.disconnect(t, id)
	wantError(t, remove(), CustomKeyStoreHasCMKs, "Custom key store "+id+" contains KMS keys.")
	ok[*ScheduleKeyDeletionOutput](t)(w.ScheduleKeyDeletion(t.Context(), user("admin"), &ScheduleKeyDeletionInput{KeyId: k.KeyId, PendingWindowInDays: 7}))
	wantError(t, remove(), CustomKeyStoreHasCMKs, "Custom key store "+id+" contains KMS keys.")
	w.clock.days(7)
	if err := remove(); err != nil {
		t.Fatal(err)
	}
	w.open(t)
	wantError(t, remove(), CustomKeyStoreNotFound, "Custom key store "+id+" does not exist.")
	if n := len(w.store.records); n != 1 {
		t.Errorf("%d records are left, want that of the seal alone", n)
	}
}

func TestCustomKeyStoreAuthorization(t *testing.T) {
	w, _, id := newXks(t, "external")
	w.auth.all = false
	c := user("nobody")
	for action, call := range map[string]func() error{
		"CreateCustomKeyStore": func() error { _, err := w.CreateCustomKeyStore(t.Context(), c, xksStore("x")); return err },
		"UpdateCustomKeyStore": func() error {
			_, err := w.UpdateCustomKeyStore(t.Context(), c, &UpdateCustomKeyStoreInput{CustomKeyStoreId: id})
			return err
		},
		"DeleteCustomKeyStore": func() error {
			_, err := w.DeleteCustomKeyStore(t.Context(), c, &DeleteCustomKeyStoreInput{id})
			return err
		},
		"ConnectCustomKeyStore": func() error {
			_, err := w.ConnectCustomKeyStore(t.Context(), c, &ConnectCustomKeyStoreInput{id})
			return err
		},
		"DisconnectCustomKeyStore": func() error {
			_, err := w.DisconnectCustomKeyStore(t.Context(), c, &DisconnectCustomKeyStoreInput{id})
			return err
		},
		"DescribeCustomKeyStores": func() error {
			_, err := w.DescribeCustomKeyStores(t.Context(), c, &DescribeCustomKeyStoresInput{})
			return err
		},
	} {
		wantError(t, call(), AccessDenied, "User: arn:aws:iam::111122223333:user/nobody is not authorized to perform: kms:"+action+" on resource: * because no identity-based policy allows the kms:"+action+" action")
	}
}

// A key store that is disconnected while a key is being created in it does not get it.
func TestKeyStoreThatDisconnectsMeanwhile(t *testing.T) {
	w, p, id := newXks(t, "external")
	p.meet = &sync.WaitGroup{}
	p.meet.Add(2)
	made := make(chan error)
	go func() {
		_, err := w.CreateKey(t.Context(), user("admin"), &CreateKeyInput{Origin: OriginXKS, CustomKeyStoreId: id, XksKeyId: "external"})
		made <- err
	}()
	for asked := false; !asked; runtime.Gosched() {
		p.mu.Lock()
		asked = slices.Contains(p.calls, "metadata external CreateKey")
		p.mu.Unlock()
	}
	w.disconnect(t, id)
	p.meet.Done()
	wantError(t, <-made, CustomKeyStoreInvalidState, notConnected)
	if n := len(w.keysIn(id)); n != 0 {
		t.Errorf("%d keys", n)
	}
}

// What the store refuses did not happen.
func TestCustomKeyStoreThatCannotBeStored(t *testing.T) {
	p := newFakeProxy(t)
	w, store := newRefusing(t, func(o *Options) { o.Xks = p })
	id := w.createStore(t, xksStore("store"))
	store.refuse.Store(true)
	_, err := w.CreateCustomKeyStore(t.Context(), user("admin"), xksStore("other"))
	wantError(t, err, Internal, "")
	_, err = w.ConnectCustomKeyStore(t.Context(), user("admin"), &ConnectCustomKeyStoreInput{id})
	wantError(t, err, Internal, "")
	_, err = w.DeleteCustomKeyStore(t.Context(), user("admin"), &DeleteCustomKeyStoreInput{id})
	wantError(t, err, Internal, "")
	if got := w.connection(t, id); got != "DISCONNECTED" {
		t.Errorf("connection %s", got)
	}
	if n := len(w.stores); n != 1 {
		t.Errorf("%d key stores", n)
	}
}

func TestCreateKeyInKeyStore(t *testing.T) {
	w, p, id := newXks(t, "external", "second")
	k := w.inStore(t, id, "external")
	if k.KeyState != Enabled || k.Origin != OriginXKS || k.CustomKeyStoreId != id || k.CurrentKeyMaterialId != "" || k.KeySpec != material.Symmetric ||
		inJSON(t, k.XksKeyConfiguration) != `{"Id":"external"}` {
		t.Errorf("metadata %s", inJSON(t, k))
	}
	if got := p.calls[len(p.calls)-1]; got != "metadata external CreateKey" {
		t.Errorf("call %q", got)
	}
	if p.last.KmsKeyArn != "" || p.last.AwsPrincipalArn != "arn:aws:iam::111122223333:user/admin" {
		t.Errorf("metadata of the call: %+v", p.last)
	}
	create := func(in CreateKeyInput) error {
		in.Origin = OriginXKS
		if in.CustomKeyStoreId == "" {
			in.CustomKeyStoreId = id
		}
		_, err := w.CreateKey(t.Context(), user("admin"), &in)
		return err
	}
	calls := len(p.calls)
	wantError(t, create(CreateKeyInput{XksKeyId: "external"}), XksKeyAlreadyInUse, "The external key external is already associated with another KMS key in the external key store.")
	if len(p.calls) != calls {
		t.Error("the proxy was asked for an external key that is in use")
	}
	wantError(t, create(CreateKeyInput{XksKeyId: "missing"}), XksKeyNotFound, faultMessages[FaultKeyNotFound])
	wantError(t, create(CreateKeyInput{}), Validation, "XksKeyId is required for the Origin EXTERNAL_KEY_STORE.")
	wantError(t, create(CreateKeyInput{XksKeyId: "second", CustomKeyStoreId: "cks-0"}), CustomKeyStoreNotFound, "Custom key store cks-0 does not exist.")
	second := p.keys["second"]
	for _, tt := range []struct {
		change  func()
		code    Code
		message string
	}{
		{func() { second.spec = "AES_128" }, XksKeyInvalidConfiguration, "The external key is not an AES_256 key."},
		{func() { second.status = "DISABLED" }, XksKeyInvalidConfiguration, faultMessages[FaultInvalidState]},
		{func() { second.usage = []string{"ENCRYPT"} }, XksKeyInvalidConfiguration, faultMessages[FaultInvalidKeyUsage]},
		{func() { second.status = "" }, CustomKeyStoreInvalidState, faultMessages[FaultMalformed]},
		{func() { second.usage = make([]string, 11) }, CustomKeyStoreInvalidState, faultMessages[FaultMalformed]},
	} {
		before := *second
		tt.change()
		wantError(t, create(CreateKeyInput{XksKeyId: "second"}), tt.code, tt.message)
		*second = before
	}
	w.disconnect(t, id)
	calls = len(p.calls)
	wantError(t, create(CreateKeyInput{XksKeyId: "second"}), CustomKeyStoreInvalidState, notConnected)
	if len(p.calls) != calls {
		t.Error("the proxy of a key store that is not connected was called")
	}
	// The external key of a key that is gone may be used again, if the store is connected.
	w.connect(t, id)
	ok[*ScheduleKeyDeletionOutput](t)(w.ScheduleKeyDeletion(t.Context(), user("admin"), &ScheduleKeyDeletionInput{KeyId: k.KeyId, PendingWindowInDays: 7}))
	wantError(t, create(CreateKeyInput{XksKeyId: "external"}), XksKeyAlreadyInUse, "The external key external is already associated with another KMS key in the external key store.")
	w.clock.days(7)
	w.inStore(t, id, "external")
	_, err := w.CreateKey(t.Context(), user("admin"), &CreateKeyInput{Origin: OriginCloudHSM, CustomKeyStoreId: id})
	wantError(t, err, Validation, "Custom key store "+id+" is of the type EXTERNAL_KEY_STORE, which does not fit the Origin AWS_CLOUDHSM.")
}

// Of many requests for one external key one succeeds, even if all of them were checked
// before any made its key.
func TestOneKeyForAnExternalKey(t *testing.T) {
	w, p, id := newXks(t, "external")
	p.meet = &sync.WaitGroup{}
	p.meet.Add(8)
	var wg sync.WaitGroup
	var mu sync.Mutex
	made := 0
	for range 8 {
		wg.Go(func() {
			_, err := w.CreateKey(t.Context(), user("admin"), &CreateKeyInput{Origin: OriginXKS, CustomKeyStoreId: id, XksKeyId: "external"})
			var e *Error
			mu.Lock()
			defer mu.Unlock()
			switch {
			case err == nil:
				made++
			case !errors.As(err, &e) || e.Code != XksKeyAlreadyInUse:
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if made != 1 {
		t.Errorf("%d keys were made", made)
	}
}
