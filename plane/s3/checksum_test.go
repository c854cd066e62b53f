package s3

import "testing"

// TestChecksums: the check values of https://reveng.sourceforge.io/crc-catalogue/ and the
// digests of RFC 1321, FIPS 180-4, of 123456789.
func TestChecksums(t *testing.T) {
	for name, want := range map[string]string{
		"CRC32":     "y/Q5Jg==",     // cbf43926
		"CRC32C":    "4waSgw==",     // e3069283
		"CRC64NVME": "rosUhgp5mIg=", // ae8b14860a799888
		"SHA1":      "98O8HYCOBHMq32eZZczDTKeuNEE=",
		"SHA256":    "FeKw08M4keuw8e9gnsQZQgwg4yDOlMZfvIwzEkSOsiU=",
		"MD5":       "JfnnlDI7RTiF9RgfG2JNCw==",
	} {
		k, ok := checksumNamed(name)
		if got := k.of([]byte("123456789")); !ok || got != want {
			t.Errorf("%s is %s, want %s", name, got, want)
		}
	}
}
