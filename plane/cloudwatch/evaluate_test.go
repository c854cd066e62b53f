package cloudwatch

import "testing"

// TestState: X breaches, 0 does not, - is missing; the oldest comes first. The rows follow from the
// rules at https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/AlarmThatSendsEmail.html#alarms-and-missing-data,
// within the periods that are evaluated.
func TestState(t *testing.T) {
	for _, c := range []struct {
		points                                   string
		least                                    int
		missing, ignore, breaching, notBreaching string
	}{
		{"0XX", 3, "OK", "OK", "OK", "OK"},
		{"XXX", 3, "ALARM", "ALARM", "ALARM", "ALARM"},
		{"--0", 3, "OK", "OK", "OK", "OK"},
		{"---", 3, "INSUFFICIENT_DATA", "", "ALARM", "OK"},
		{"X--", 3, "ALARM", "ALARM", "ALARM", "OK"},
		{"--X", 3, "", "", "ALARM", "OK"},
		{"0XX", 2, "ALARM", "ALARM", "ALARM", "ALARM"},
		{"-X-", 2, "ALARM", "ALARM", "ALARM", "OK"},
		{"0-X", 2, "OK", "OK", "ALARM", "OK"},
	} {
		for treat, want := range map[string]string{"missing": c.missing, "": c.missing, "ignore": c.ignore, "breaching": c.breaching, "notBreaching": c.notBreaching} {
			e := evaluation{periods: len(c.points), least: c.least}
			for i, p := range c.points {
				if p != '-' {
					e.add(len(c.points)-i, p == 'X')
				}
			}
			if got := e.state(treat); got != want {
				t.Errorf("%s, %d of them, %q: %q, want %q", c.points, c.least, treat, got, want)
			}
		}
	}
}
