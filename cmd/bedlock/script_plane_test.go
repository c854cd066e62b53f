package main

import (
	"bufio"
	"context"
	"io"
	"os"
	"strings"

	"github.com/rogpeppe/go-internal/testscript"
)

// servePlane starts a local plane with a seed on a free port until the script ends, and points
// the AWS SDK at it: plane SEED ACCESS-KEY-ID SECRET.
func servePlane(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: plane SEED ACCESS-KEY-ID SECRET")
	}
	ctx, cancel := context.WithCancel(context.Background())
	out, w := io.Pipe()
	var stderr strings.Builder
	code := make(chan int, 1)
	go func() {
		code <- run(ctx, []string{"local", "--listen", "127.0.0.1:0", "--seed", ts.MkAbs(args[0])}, environment{stdout: w, stderr: &stderr, getenv: os.Getenv})
		_ = w.Close()
	}()
	ts.Defer(func() {
		cancel()
		if got := <-code; got != 0 {
			ts.Fatalf("the plane ended with %d: %s", got, stderr.String())
		}
	})
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		ts.Fatalf("the plane ended: %s", stderr.String())
	}
	for name, value := range map[string]string{
		"AWS_ENDPOINT_URL": strings.Fields(line)[5], "AWS_REGION": "eu-west-1", "AWS_ACCESS_KEY_ID": args[1], "AWS_SECRET_ACCESS_KEY": args[2],
		"AWS_EC2_METADATA_DISABLED": "true",
	} {
		ts.Setenv(name, value)
	}
}
