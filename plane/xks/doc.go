// Package xks calls the proxies of external key stores, as AWS KMS does: version 1 of the
// proxy API over HTTPS, each request signed for the service kms-xks-proxy. [Client] is
// what package kms asks for as [kms.XksProxy].
//
// A proxy that works here should work with AWS. So a client is as strict as AWS is
// documented to be: 250 ms for everything, TLS 1.2 with the cipher suites of the
// specification or TLS 1.3, a certificate for the name of the endpoint, no redirects, JSON
// and nothing else. That members which the specification does not have are ignored, and
// that the Content-Type of answers counts, is unconfirmed. HTTP/1.1 only: every proxy has
// to speak it, and the specification leaves open how the authority of HTTP/2 is signed.
//
// A request is sent once; it goes out again only where an idle connection turns out to be
// closed before an answer began. What is in the answers is judged by package kms: their
// lengths, and the ciphertext data integrity value.
//
// Client certificates are not presented, and the proxy's may come from any root of the
// pool, where AWS has a list of its own.
//
// Source: https://github.com/aws/aws-kms-xksproxy-api-spec/blob/main/xks_proxy_api_spec.md
package xks
