package s3

import (
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/sha512"
	"encoding/base64"
	"hash"
	"hash/crc32"
	"hash/crc64"
	"slices"
	"strconv"
	"strings"

	"github.com/bedlock/bedlock/internal/wire"
)

// checksum is an algorithm of additional checksums.
// Source: https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html
type checksum struct {
	name string
	make func() hash.Hash
	// full: the checksum of an upload in parts is by default that of the whole object, not
	// that of the checksums of the parts.
	full bool
}

// nvme is the polynomial of CRC-64/NVME, reflected.
const nvme = 0x9a6c9329ac4bc9b5

// checksums are those that the plane computes; requests with others are refused.
var checksums = []checksum{
	{"CRC32", func() hash.Hash { return crc32.NewIEEE() }, false},
	{"CRC32C", func() hash.Hash { return crc32.New(crc32.MakeTable(crc32.Castagnoli)) }, false},
	{"CRC64NVME", func() hash.Hash { return crc64.New(crc64.MakeTable(nvme)) }, true},
	{"SHA1", sha1.New, false},
	{"SHA256", sha256.New, false},
	{"SHA512", sha512.New, false},
	{"MD5", md5.New, false},
}

// defaultChecksum is that of objects whose writer names none.
const defaultChecksum = "CRC64NVME"

// member is the member of inputs and outputs.
func (k checksum) member() string { return "Checksum" + k.name }

func (k checksum) header() string { return "x-amz-checksum-" + strings.ToLower(k.name) }

func (k checksum) of(body []byte) string {
	h := k.make()
	h.Write(body)
	return base64.StdEncoding.EncodeToString(h.Sum(nil))
}

// ofParts is the checksum of the checksums of parts.
func (k checksum) ofParts(parts []string) string {
	h := k.make()
	for _, text := range parts {
		b, _ := base64.StdEncoding.DecodeString(text) // the plane's own
		h.Write(b)
	}
	return base64.StdEncoding.EncodeToString(h.Sum(nil)) + "-" + strconv.Itoa(len(parts))
}

func checksumNamed(name string) (checksum, bool) {
	for _, k := range checksums {
		if k.name == name {
			return k, true
		}
	}
	return checksum{}, false
}

// checkDigest compares the body of a request with the MD5 and the checksums that it says.
func (c *call) checkDigest() error {
	return c.digest(c.Body)
}

// digest is checkDigest of a part of the body. What the plane does in its own process has none.
func (c *call) digest(body []byte) error {
	if c.Request.Request == nil {
		return nil
	}
	if text := c.In.Text("ContentMD5"); text != "" {
		sum := md5.Sum(body)
		b, err := base64.StdEncoding.DecodeString(text)
		switch {
		case err != nil || len(b) != md5.Size:
			return c.say(invalidDigest, wire.Object{"Content-MD5": text})
		case string(b) != string(sum[:]):
			return badMD5.with()
		}
	}
	for name := range c.Request.Request.Header {
		if rest, ok := strings.CutPrefix(strings.ToLower(name), "x-amz-checksum-"); ok && strings.HasPrefix(rest, "xxhash") {
			return notImplemented.with("checksums with " + rest)
		}
	}
	for _, k := range checksums {
		text := c.Request.Request.Header.Get(k.header())
		if text == "" {
			continue
		}
		b, err := base64.StdEncoding.DecodeString(text)
		switch {
		case err != nil || len(b) != k.make().Size():
			return invalidRequest.with("Value for " + k.header() + " header is invalid.")
		case text != k.of(body):
			return badDigest.with(k.name)
		}
	}
	return nil
}

// sum puts the checksum of an object into its document: that which the request has or asks
// for, else the default.
func (c *call) sum(body []byte, doc wire.Object) error {
	name := c.In.Text("ChecksumAlgorithm")
	for _, k := range checksums {
		if c.In.Has(k.member()) {
			name = k.name
		}
	}
	if name == "" {
		name = defaultChecksum
	}
	k, ok := checksumNamed(name)
	if !ok {
		return notImplemented.with("checksums with " + name)
	}
	doc[k.member()], doc["ChecksumType"] = k.of(body), "FULL_OBJECT"
	return nil
}

// summed are the members of outputs that have the checksum of an object.
func summed(doc wire.Object) wire.Object {
	out := doc.Pick("ChecksumType")
	for _, k := range checksums {
		if v, ok := doc[k.member()]; ok {
			out[k.member()] = v
		}
	}
	return out
}

// digested says whether a request has an MD5 or a checksum of its body.
func (c *call) digested() bool {
	return c.Request.Request == nil || c.In.Has("ContentMD5") || slices.ContainsFunc(checksums, func(k checksum) bool {
		return c.Request.Request.Header.Get(k.header()) != ""
	})
}
