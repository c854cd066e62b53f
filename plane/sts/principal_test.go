package sts

import (
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	awskms "github.com/aws/aws-sdk-go-v2/service/kms"
)

func TestPrincipalExists(t *testing.T) {
	l := newLocal(t)
	l.user(home, "alice")
	l.role(home, "/team/", "app", trusts(rootOf(home)))
	for name, want := range map[string]bool{
		"arn:aws:iam::111122223333:user/alice": true, "arn:aws:iam::111122223333:user/x/alice": false, "arn:aws:iam::444455556666:user/alice": false, "arn:aws:iam::111122223333:user/bob": false,
		"arn:aws:iam::111122223333:role/team/app": true, "arn:aws:iam::111122223333:role/app": false, "arn:aws:iam::111122223333:role/team/ape": false,
		"arn:aws:sts::111122223333:assumed-role/app/any": true, "arn:aws:sts::111122223333:assumed-role/team/app": false,
		"arn:aws:sts::111122223333:federated-user/any": true, "arn:aws:iam::111122223333:root": true, "111122223333": true, "AIDAALICE": true, // this directory knows no ids
	} {
		if got := l.sts.PrincipalExists(t.Context(), name); got != want {
			t.Errorf("%s: %v, want %v", name, got, want)
		}
	}
	_, err := l.kms(l.rootKey(home)).CreateKey(t.Context(), &awskms.CreateKeyInput{Policy: aws.String(statements(
		`{"Effect":"Allow","Principal":{"AWS":["` + rootOf(home) + `","arn:aws:iam::111122223333:role/missing"]},"Action":"kms:*","Resource":"*"}`))})
	refused(t, err, 400, "MalformedPolicyDocumentException", "Policy contains a statement with one or more invalid principals.")
}
