package awsquery

import (
	"strings"
	"testing"
)

type assumeRoleInput struct {
	RoleArn, RoleSessionName string
	DurationSeconds          *int32
	PolicyArns               []struct {
		Arn string `json:"arn"`
	}
	Policy *string
	Tags   []struct{ Key, Value string }
}

// TestSTS has what was measured of STS: sts_oracle.rs of justincormack/argmin, 2026-07.
func TestSTS(t *testing.T) {
	d := newDecoder[assumeRoleInput](t, sts(t), "AssumeRole")
	const (
		role    = "arn:aws:iam::111122223333:role/team/r"
		pattern = `[\u0009\u000A\u000D\u0020-\u007E\u0085\u00A0-\uD7FF\uE000-\uFFFD\u10000-\u10FFFF]+`
	)
	violation := func(value, at, constraint string) string {
		return "Value " + value + " at '" + at + "' failed to satisfy constraint: " + constraint
	}
	one := func(value, at, constraint string) string {
		return "1 validation error detected: " + violation(value, at, constraint)
	}
	long := func(s string, n int) string { return strings.Repeat(s, n) }
	tooLong, offPattern := "Member must have length less than or equal to 2048", "Member must satisfy regular expression pattern: "+pattern
	for _, tt := range []struct {
		pairs         []string
		code, message string
	}{
		{[]string{"RoleArn", role, "RoleSessionName", "s"}, ValidationError, one("'s'", "roleSessionName", "Member must have length greater than or equal to 2")},
		{[]string{"RoleArn", role, "RoleSessionName", "se"}, "", ""},
		{[]string{"RoleArn", role, "RoleSessionName", long("b", 64)}, "", ""},
		{[]string{"RoleArn", role, "RoleSessionName", long("a", 65)}, ValidationError, one("'"+long("a", 65)+"'", "roleSessionName", "Member must have length less than or equal to 64")},
		{[]string{"RoleArn", role, "RoleSessionName", "bad/name"}, ValidationError, one("'bad/name'", "roleSessionName", `Member must satisfy regular expression pattern: [\w+=,.@-]*`)},
		{[]string{"RoleArn", role}, ValidationError, one("null", "roleSessionName", "Member must not be null")},
		{[]string{"RoleSessionName", "se"}, ValidationError, one("null", "roleArn", "Member must not be null")},
		{[]string{"RoleArn", "not-an-arn", "RoleSessionName", "se"}, ValidationError, one("'not-an-arn'", "roleArn", "Member must have length greater than or equal to 20")},
		// The pattern before the length.
		{[]string{"RoleArn", "", "RoleSessionName", "se"}, ValidationError,
			"2 validation errors detected: " + violation("''", "roleArn", offPattern) + "; " + violation("''", "roleArn", "Member must have length greater than or equal to 20")},
		{[]string{"RoleArn", long("😀", 2049), "RoleSessionName", "se"}, ValidationError,
			"2 validation errors detected: " + violation("'"+long("😀", 2049)+"'", "roleArn", offPattern) + "; " + violation("'"+long("😀", 2049)+"'", "roleArn", tooLong)},
		// A string is as long as it has characters, and the pattern is read as Java does.
		{[]string{"RoleArn", long("😀", 2048), "RoleSessionName", "se"}, ValidationError, one("'"+long("😀", 2048)+"'", "roleArn", offPattern)},
		{[]string{"RoleArn", long("é", 2048), "RoleSessionName", "se"}, "", ""},
		{[]string{"RoleArn", long("é", 2049), "RoleSessionName", "se"}, ValidationError, one("'"+long("é", 2049)+"'", "roleArn", tooLong)},
		{[]string{"RoleArn", long("e\u0301", 1025), "RoleSessionName", "se"}, ValidationError, one("'"+long("e\u0301", 1025)+"'", "roleArn", tooLong)},
		// Numbers.
		{[]string{"RoleArn", role, "RoleSessionName", "se", "DurationSeconds", ""}, MalformedInput, "missing value for decimal type"},
		{[]string{"RoleArn", role, "RoleSessionName", "se", "DurationSeconds", "abc"}, MalformedInput, ""},
		{[]string{"RoleArn", role, "RoleSessionName", "se", "DurationSeconds", "900.0"}, MalformedInput, ""},
		{[]string{"RoleArn", role, "RoleSessionName", "se", "DurationSeconds", "2147483648"}, MalformedInput, ""},
		{[]string{"RoleArn", role, "RoleSessionName", "se", "DurationSeconds", "-2147483649"}, MalformedInput, ""},
		{[]string{"RoleArn", role, "RoleSessionName", "se", "DurationSeconds", "-1"}, ValidationError, one("'-1'", "durationSeconds", "Member must have value greater than or equal to 900")},
		{[]string{"RoleArn", role, "RoleSessionName", "se", "DurationSeconds", "899"}, ValidationError, one("'899'", "durationSeconds", "Member must have value greater than or equal to 900")},
		{[]string{"RoleArn", role, "RoleSessionName", "se", "DurationSeconds", "43201"}, ValidationError, one("'43201'", "durationSeconds", "Member must have value less than or equal to 43200")},
		{[]string{"RoleArn", role, "RoleSessionName", "se", "DurationSeconds", "2147483647"}, ValidationError, one("'2147483647'", "durationSeconds", "Member must have value less than or equal to 43200")},
		{[]string{"RoleArn", role, "RoleSessionName", "se", "DurationSeconds", "-2147483648"}, ValidationError, one("'-2147483648'", "durationSeconds", "Member must have value greater than or equal to 900")},
		// The first of a repeated parameter counts; an unknown one does not.
		{[]string{"RoleArn", role, "RoleArn", "not-an-arn", "RoleSessionName", "se"}, "", ""},
		{[]string{"RoleArn", "not-an-arn", "RoleArn", role, "RoleSessionName", "se"}, ValidationError, one("'not-an-arn'", "roleArn", "Member must have length greater than or equal to 20")},
		{[]string{"RoleArn", role, "RoleSessionName", "se", "DurationSeconds", "899", "DurationSeconds", "900"}, ValidationError, one("'899'", "durationSeconds", "Member must have value greater than or equal to 900")},
		{[]string{"RoleArn", role, "RoleSessionName", "se", "Unknown", "value"}, "", ""},
	} {
		_, err := d.Decode(form(append([]string{"Action", "AssumeRole", "Version", "2011-06-15"}, tt.pairs...)...))
		if code, message := refused(t, err); code != tt.code || message != tt.message {
			t.Errorf("%.60q: %s %.400q, want %s %.400q", tt.pairs, code, message, tt.code, tt.message)
		}
	}
	for text, want := range map[string]int32{"900": 900, "43200": 43200, "+900": 900, "0900": 900} {
		in, err := d.Decode(form("RoleArn", role, "RoleSessionName", "se", "DurationSeconds", text))
		if err != nil || *in.DurationSeconds != want {
			t.Errorf("%s: %v %v, want %d", text, in, err, want)
		}
	}
}

type createUserInput struct {
	UserName            string
	Path                *string
	PermissionsBoundary *string
	Tags                []struct{ Key, Value string }
}

// TestIAM has what was recorded of IAM: LS is LocalStack's recordings of 2026-02, V is
// versitygw, A https://github.com/aws-amplify/amplify-cli/issues/9120, U is not confirmed.
func TestIAM(t *testing.T) {
	s := iam(t)
	create := newDecoder[createUserInput](t, s, "CreateUser")
	version := newDecoder[struct{ PolicyArn, VersionId string }](t, s, "GetPolicyVersion")
	role := newDecoder[struct{ RoleName string }](t, s, "GetRole")
	status := newDecoder[struct {
		UserName            *string
		AccessKeyId, Status string
	}](t, s, "UpdateAccessKey")
	users := newDecoder[struct {
		PathPrefix, Marker *string
		MaxItems           *int
	}](t, s, "ListUsers")
	const arn = "arn:aws:iam::aws:policy/IAMUserChangePassword"
	tag := `[\p{L}\p{Z}\p{N}_.:/=+\-@]`
	for _, tt := range []struct {
		source  string
		decode  func(form []byte) error
		pairs   []string
		message string
	}{
		{"LS", decodes(version), []string{"PolicyArn", arn, "VersionId", "1"}, `1 validation error detected: Value at 'versionId' failed to satisfy constraint: Member must satisfy regular expression pattern: v[1-9][0-9]*(\.[A-Za-z0-9-]*)?`},
		{"LS", decodes(create), []string{"UserName", "u", "Path", "no-slash/"}, "The specified value for path is invalid. It must begin and end with / and contain only alphanumeric characters and/or / characters."},
		{"LS", decodes(create), []string{"UserName", "u", "Path", "/no-slash"}, "The specified value for path is invalid. It must begin and end with / and contain only alphanumeric characters and/or / characters."},
		{"LS", decodes(create), []string{"UserName", "u", "Path", "/" + strings.Repeat("a", 511) + "/"}, "1 validation error detected: Value at 'path' failed to satisfy constraint: Member must have length less than or equal to 512"},
		{"LS", decodes(create), []string{"UserName", "u", "Path", "/test//double/"}, ""},
		{"A", decodes(role), []string{"RoleName", "a/b"}, "The specified value for roleName is invalid. It must contain only alphanumeric characters and/or the following: +=,.@_-"},
		{"V", decodes(create), nil, "1 validation error detected: Value at 'userName' failed to satisfy constraint: Member must not be null"},
		{"V", decodes(create), []string{"UserName", strings.Repeat("a", 65)}, "1 validation error detected: Value at 'userName' failed to satisfy constraint: Member must have length less than or equal to 64"},
		{"V", decodes(create), []string{"UserName", "bad/name"}, "The specified value for userName is invalid. It must contain only alphanumeric characters and/or the following: +=,.@_-"},
		{"V", decodes(create), []string{"UserName", "u", "Tags.member.1.Key", "bad*key", "Tags.member.1.Value", "v"}, "1 validation error detected: Value at 'tags.1.member.key' failed to satisfy constraint: Member must satisfy regular expression pattern: " + tag + "+"},
		{"V", decodes(create), []string{"UserName", "u", "Tags.member.1.Key", "k", "Tags.member.1.Value", strings.Repeat("v", 257)}, "1 validation error detected: Value at 'tags.1.member.value' failed to satisfy constraint: Member must have length less than or equal to 256"},
		{"V", decodes(status), []string{"AccessKeyId", "AKIAIOSFODNN7EXAMPLE", "Status", "On"}, "1 validation error detected: Value 'On' at 'status' failed to satisfy constraint: Member must satisfy enum value set: [Active, Inactive, Expired]"},
		{"V", decodes(users), []string{"PathPrefix", "x"}, "The specified value for pathPrefix is invalid. It must begin with the / character and contain only alphanumeric characters and/or / characters."},
		// The sentences stand alone, behind everything else, and the first of them counts.
		{"U", decodes(create), []string{"UserName", "bad/name", "Tags.member.1.Key", "k"}, "1 validation error detected: Value at 'tags.1.member.value' failed to satisfy constraint: Member must not be null"},
		{"U", decodes(create), []string{"UserName", "bad/name", "Path", "x"}, "The specified value for path is invalid. It must begin and end with / and contain only alphanumeric characters and/or / characters."},
		{"U", decodes(users), []string{"MaxItems", "1001"}, "1 validation error detected: Value '1001' at 'maxItems' failed to satisfy constraint: Member must have value less than or equal to 1000"},
	} {
		code, message := refused(t, tt.decode(form(tt.pairs...)))
		if want := ValidationError; message != tt.message || code != want && tt.message != "" {
			t.Errorf("%s %.80q: %s %q, want %q", tt.source, tt.pairs, code, message, tt.message)
		}
	}
}

func decodes[I any](d *Decoder[I]) func([]byte) error {
	return func(form []byte) error {
		_, err := d.Decode(form)
		return err
	}
}
