package agents

// sessions are the operations of sessions.
func sessions() operations { return operations{} }

const kindSession = "session"
