package catalog

import "testing"

func TestServicePrincipal(t *testing.T) {
	for _, c := range [][3]string{
		{"logs.{region}.amazonaws.com", "eu-west-1", "logs.eu-west-1.amazonaws.com"},
		{"logs.{region}.amazonaws.com", "us-gov-west-1", "logs.us-gov-west-1.amazonaws.com"},
		{"logs.{region}.amazonaws.com", "cn-north-1", "logs.cn-north-1.amazonaws.com.cn"},
		{"cloudtrail.amazonaws.com", "cn-north-1", "cloudtrail.amazonaws.com"},
		{"logs.{region}.amazonaws.com", "${bedlock:region}", "logs.${bedlock:region}.amazonaws.com"},
	} {
		if got := ServicePrincipal(c[0], c[1]); got != c[2] {
			t.Errorf("%s in %s: %s, want %s", c[0], c[1], got, c[2])
		}
	}
}
