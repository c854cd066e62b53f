package plane

import (
	"context"
	"net"
	"net/http"
	"testing"
	"time"
)

// TestServeHTTP2 begins with HTTP/2 without TLS, and with HTTP/1.1.
func TestServeHTTP2(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	served := make(chan error, 1)
	go func() {
		served <- Serve(ctx, l, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { w.Header().Set("Seen", r.Proto) }))
	}()
	for _, c := range []struct {
		begin func(*http.Protocols)
		want  string
	}{
		{func(p *http.Protocols) { p.SetUnencryptedHTTP2(true) }, "HTTP/2.0"},
		{func(p *http.Protocols) { p.SetHTTP1(true) }, "HTTP/1.1"},
	} {
		var protocols http.Protocols
		c.begin(&protocols)
		transport := &http.Transport{Protocols: &protocols}
		resp, err := (&http.Client{Transport: transport}).Get("http://" + l.Addr().String())
		if err != nil {
			t.Errorf("%s: %v", c.want, err)
			continue
		}
		resp.Body.Close()
		transport.CloseIdleConnections()
		if got := resp.Header.Get("Seen"); got != c.want {
			t.Errorf("the request came in %s, want %s", got, c.want)
		}
	}
	stop()
	if err := <-served; err != nil {
		t.Error(err)
	}
}

// TestServeEnds: a request that does not end is cut off when its time is over, and that is no
// failure.
func TestServeEnds(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	release := make(chan struct{})
	defer close(release)
	h := http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		stop()
		<-release
	})
	asked := make(chan error, 1)
	go func() {
		resp, err := http.Get("http://" + l.Addr().String())
		if err == nil {
			resp.Body.Close()
		}
		asked <- err
	}()
	if err := serve(ctx, l, h, time.Millisecond); err != nil {
		t.Fatal(err)
	}
	if err := <-asked; err == nil {
		t.Error("the request was answered")
	}
}
