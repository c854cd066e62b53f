package symbolic

// DefaultWork bounds the work on one question. It is two or three seconds.
const DefaultWork = 40_000_000

const (
	// callFactor is how many times the work on one question all questions of a call
	// may take.
	callFactor = 10
	// leastShare is the part of the work on one question that a target may take when
	// there are many.
	leastShare = 100
	// classWork is the work of setting up a question, besides what policies add.
	classWork = 100
)

// budget is what is left of the work of a call.
type budget struct{ left int }

// spend takes work from the budget, and reports whether it was enough.
func (b *budget) spend(work int) bool {
	b.left -= work
	return b.left >= 0
}

// over reports that nothing is left.
func (b *budget) over() bool { return b.left < 0 }

// unasked stands for all principals of whom nothing was asked, for want of work.
func unasked() Exposure {
	x := Exposure{Who: "everybody else", Others: true, Public: true}
	for _, a := range keyActions {
		x.Actions = append(x.Actions, Exposed{Action: a.name, Answer: Answer{Verdict: Unknown, Reason: outOfWork}})
	}
	return x
}

func (u *Universe) work() int {
	if u.Work > 0 {
		return u.Work
	}
	return DefaultWork
}

// budget is that of a call which asks many questions.
func (u *Universe) budget() *budget { return &budget{callFactor * u.work()} }

// share is what each of some targets may take of the work of one call.
func (u *Universe) share(targets int) int {
	return max(callFactor*u.work()/max(targets, 1), u.work()/leastShare)
}
