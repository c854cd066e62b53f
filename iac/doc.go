// Package iac collects infrastructure code into one inventory: it walks the
// sources, tells by content what each file is, hands it to its reader and
// assembles what the readers deliver. Every file below a source is accounted for
// as audited, failed or not an input, each with the reason; one broken file never
// stops the others.
//
// It does not judge anything and opens no connection.
package iac
