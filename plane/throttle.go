package plane

import (
	"net/http"
	"strings"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"github.com/bedlock/bedlock/kms"
	"github.com/bedlock/bedlock/kms/material"
)

// Throttle refuses calls of KMS that are over the request quotas of an account in a
// Region, as AWS does. The 1,800 calls a second of one custom key store are not among
// them, nor are quotas of other services. A nil Throttle admits everything.
// Source: https://docs.aws.amazon.com/kms/latest/developerguide/requests-per-second.html
type Throttle struct {
	now     func() time.Time
	mu      sync.Mutex
	buckets map[bucket]*rate.Limiter
}

type bucket struct{ account, region, quota string }

// NewThrottle makes a throttle; now is the clock, nil the machine's. A bucket holds the
// calls of one second; how much AWS lets through at once is not documented.
func NewThrottle(now func() time.Time) *Throttle {
	if now == nil {
		now = time.Now
	}
	return &Throttle{now: now, buckets: map[bucket]*rate.Limiter{}}
}

// Admit counts a call whose input is decoded. The error is that of AWS for one that is
// over its quota.
func (c *Call) Admit() error {
	if c.throttle == nil || c.Service.Name != "kms" || c.throttle.admit(c) {
		return nil
	}
	return &Error{http.StatusBadRequest, "ThrottlingException", "You have exceeded the rate at which you may call KMS. Reduce the frequency of your calls."}
}

func (t *Throttle) admit(c *Call) bool {
	quota, perSecond := quotaOf(c)
	if perSecond == 0 {
		return true
	}
	id := bucket{c.Account, c.Region, quota}
	t.mu.Lock()
	defer t.mu.Unlock()
	l := t.buckets[id]
	if l == nil {
		l = rate.NewLimiter(rate.Limit(perSecond), max(1, int(perSecond)))
		t.buckets[id] = l
	}
	return l.AllowN(t.now(), 1)
}

// quotaOf names the quota that a call counts against, and its calls per second; 0: none
// is documented.
func quotaOf(c *Call) (quota string, perSecond float64) {
	var algorithm string
	switch in := c.Input.(type) {
	case *kms.EncryptInput:
		algorithm = string(in.EncryptionAlgorithm)
	case *kms.DecryptInput:
		algorithm = string(in.EncryptionAlgorithm)
	case *kms.ReEncryptInput:
		algorithm = string(in.SourceEncryptionAlgorithm) + string(in.DestinationEncryptionAlgorithm)
	case *kms.SignInput:
		algorithm = string(in.SigningAlgorithm)
	case *kms.VerifyInput:
		algorithm = string(in.SigningAlgorithm)
	case *kms.DeriveSharedSecretInput:
		algorithm = "ECDH"
	case *kms.GenerateDataKeyPairInput:
		return "GenerateDataKeyPair/" + string(in.KeyPairSpec), pairsPerSecond(in.KeyPairSpec, c.Region)
	case *kms.GenerateDataKeyPairWithoutPlaintextInput:
		return "GenerateDataKeyPair/" + string(in.KeyPairSpec), pairsPerSecond(in.KeyPairSpec, c.Region)
	case *kms.EncapsulateInput, *kms.DecapsulateInput:
		return "", 0
	}
	switch {
	case strings.Contains(algorithm, "RSA"):
		return "RSA", 1000
	case strings.HasPrefix(algorithm, "ML_DSA"):
		return "ML-DSA", 1000
	case strings.HasPrefix(algorithm, "EC"), strings.HasPrefix(algorithm, "ED"), strings.Contains(algorithm, "SM2"):
		return "ECC", 1000
	}
	switch c.Operation {
	case "Encrypt", "Decrypt", "GenerateDataKey", "GenerateDataKeyWithoutPlaintext", "GenerateMac", "GenerateRandom", "ReEncrypt", "VerifyMac":
		return "symmetric", symmetricPerSecond(c.Region)
	case "DescribeKey", "GetPublicKey", "ListResourceTags":
		return c.Operation, 2000
	case "GetKeyPolicy", "GetKeyRotationStatus":
		return c.Operation, 1000
	case "ListAliases", "ListKeys":
		return c.Operation, 500
	case "ListGrants", "ListKeyPolicies", "ListKeyRotations", "ListRetirableGrants":
		return c.Operation, 100
	case "CreateGrant", "RetireGrant", "RevokeGrant":
		return c.Operation, 50
	case "DeleteAlias", "DeleteImportedKeyMaterial", "EnableKeyRotation", "ImportKeyMaterial", "PutKeyPolicy", "ScheduleKeyDeletion":
		return c.Operation, 15
	case "TagResource":
		return c.Operation, 10
	case "GetParametersForImport":
		return c.Operation, 1
	}
	return c.Operation, 5
}

func symmetricPerSecond(region string) float64 {
	switch region {
	case "us-east-1", "us-west-2", "eu-west-1":
		return 100_000
	case "us-east-2", "ap-southeast-1", "ap-southeast-2", "ap-northeast-1", "eu-central-1", "eu-west-2":
		return 20_000
	}
	return 10_000
}

func pairsPerSecond(spec material.Spec, region string) float64 {
	china := strings.HasPrefix(region, "cn-")
	in := func(elsewhere, there float64) float64 {
		if china {
			return there
		}
		return elsewhere
	}
	switch spec {
	case "RSA_2048":
		return in(20, 1)
	case "RSA_3072":
		return in(4, 0.5)
	case "RSA_4096":
		return in(1, 0.1)
	case "SM2":
		return 25
	}
	return 100
}
