package organizations

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"github.com/bedlock/bedlock/internal/wire"
	"github.com/bedlock/bedlock/plane/emulate"
	"github.com/bedlock/bedlock/plane/iam"
	"github.com/bedlock/bedlock/plane/records"
)

// accountDoc makes the document of an active account. State replaces Status, which is
// answered as well: https://docs.aws.amazon.com/organizations/latest/APIReference/API_Account.html
func accountDoc(doc wire.Object, method string, joined time.Time) wire.Object {
	return doc.With(wire.Object{"Type": accountType, "Status": "ACTIVE", "State": "ACTIVE", "JoinedMethod": method, "JoinedTimestamp": joined})
}

func (s *state) shownAccount(n *records.Record) wire.Object {
	return n.Doc.Pick("Name", "Email", "Status", "State", "JoinedMethod", "JoinedTimestamp").With(wire.Object{
		"Id": n.ID, "Arn": s.nodeARN(n), "Paths": []any{s.path(n)},
	})
}

func listAccounts(_ context.Context, r *request) (wire.Object, error) {
	return r.page(each(r.children("", accountType), r.shownAccount))
}

func listAccountsForParent(_ context.Context, r *request) (wire.Object, error) {
	parent, err := r.parent(r, "ParentId", "ParentNotFoundException")
	if err != nil {
		return nil, err
	}
	return r.page(each(r.children(parent.ID, accountType), r.shownAccount))
}

// account finds the account of a request.
func (s *state) account(r *request) (*records.Record, error) {
	if n := s.node(r.In.Text("AccountId")); n != nil && typeOf(n) == accountType {
		return n, nil
	}
	return nil, r.Fail("AccountNotFoundException", "You specified an account that doesn't exist.")
}

func describeAccount(_ context.Context, r *request) (wire.Object, error) {
	n, err := r.account(r)
	if err != nil {
		return nil, err
	}
	return wire.Object{"Account": r.shownAccount(n)}, nil
}

// mostAccounts of an organization, by default.
const mostAccounts = 10

// createAccount makes the account at once and says that it is being made. Its role lets the
// management account in:
// https://docs.aws.amazon.com/organizations/latest/userguide/orgs_manage_accounts_access.html
func createAccount(ctx context.Context, r *request) (wire.Object, error) {
	w := r.Service
	request, id := "car-"+w.ID(emulate.LowerDigits, 32), w.ID("0123456789", 12)
	creation := r.In.Pick("AccountName").With(wire.Object{"Organization": r.id, "Id": request, "State": "IN_PROGRESS", "RequestedTimestamp": w.Now()})
	done := wire.Object{"State": "SUCCEEDED", "AccountId": id, "CompletedTimestamp": w.Now().Add(w.Settle)}
	err := r.change(ctx, func(tx *records.Tx, s *state) error {
		reason := ""
		switch all := s.children("", accountType); {
		case slices.ContainsFunc(all, func(n *records.Record) bool { return strings.EqualFold(n.Doc.Text("Email"), r.In.Text("Email")) }):
			reason = "EMAIL_ALREADY_EXISTS"
		case len(all) >= mostAccounts:
			reason = "ACCOUNT_LIMIT_EXCEEDED"
		}
		if reason != "" {
			done = wire.Object{"State": "FAILED", "FailureReason": reason, "CompletedTimestamp": w.Now().Add(w.Settle)}
		} else {
			doc := wire.Object{"Organization": r.id, "Name": r.In.Text("AccountName"), "Email": r.In.Text("Email"), "Parent": s.root.ID}
			put(tx, nodeKind, id, s.withFull(accountDoc(doc, "CREATED", tx.Now())))
			emulate.PutTags(tx, s.arn("account", id), r.TagsIn("Tags"))
		}
		tx.Put(&records.Record{Key: key(creationKind, request), Doc: creation, Next: &records.Next{At: tx.Now().Add(w.Settle), Set: done}})
		return nil
	})
	if err == nil && done.Has("AccountId") {
		err = w.IAM.EnsureRole(ctx, id, iam.RoleSeed{
			Name: cmp.Or(r.In.Text("RoleName"), "OrganizationAccountAccessRole"), Attached: []string{"arn:aws:iam::aws:policy/AdministratorAccess"},
			Trust: `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::` + r.Account + `:root"},"Action":"sts:AssumeRole"}]}`,
		})
	}
	return wire.Object{"CreateAccountStatus": creation.Without("Organization")}, err
}

func shownCreation(rec *records.Record) wire.Object { return rec.Doc.Without("Organization") }

func describeCreation(_ context.Context, r *request) (wire.Object, error) {
	rec := find(r.own(r.Service.Records, creationKind), r.In.Text("CreateAccountRequestId"))
	if rec == nil {
		return nil, r.Fail("CreateAccountStatusNotFoundException", "You specified an create account status request that doesn't exist.")
	}
	return wire.Object{"CreateAccountStatus": shownCreation(rec)}, nil
}

func listCreations(_ context.Context, r *request) (wire.Object, error) {
	states := r.In.Texts("States")
	list := slices.DeleteFunc(r.own(r.Service.Records, creationKind), func(rec *records.Record) bool {
		return len(states) > 0 && !slices.Contains(states, rec.Doc.Text("State"))
	})
	return r.page(each(list, shownCreation))
}

func moveAccount(ctx context.Context, r *request) (wire.Object, error) {
	return nil, r.change(ctx, func(tx *records.Tx, s *state) error {
		n, err := s.account(r)
		if err != nil {
			return err
		}
		from, err := s.parent(r, "SourceParentId", "SourceParentNotFoundException")
		if err != nil {
			return err
		}
		to, err := s.parent(r, "DestinationParentId", "DestinationParentNotFoundException")
		if err != nil {
			return err
		}
		switch {
		case n.Doc.Text("Parent") != from.ID:
			return r.Fail("SourceParentNotFoundException", "You specified a source root or OU that doesn't exist.")
		case from.ID == to.ID:
			return r.Fail("DuplicateAccountException", "You specified an account that is already in the destination.")
		}
		tx.Put(n.Change(tx.Now(), wire.Object{"Parent": to.ID}))
		return nil
	})
}

// removeAccount lets go of an account. AWS wants it to have all that an account of its own
// needs, which the plane does not know.
func removeAccount(ctx context.Context, r *request) (wire.Object, error) {
	err := r.change(ctx, func(tx *records.Tx, s *state) error {
		n, err := s.account(r)
		if err != nil {
			return err
		}
		if n.ID == s.management {
			return r.Fail("MasterCannotLeaveOrganizationException", "You can't remove a management account from an organization.")
		}
		emulate.PutTags(tx, s.nodeARN(n), nil)
		tx.Delete(n.Key)
		return nil
	})
	if err != nil {
		return nil, err
	}
	return nil, r.Service.IAM.SetOrganization(r.In.Text("AccountId"), iam.Organization{})
}
