package agents

// agents are the operations of agents.
func agents() operations { return operations{} }
