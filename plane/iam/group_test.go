package iam

import (
	"fmt"
	"testing"

	awsiam "github.com/aws/aws-sdk-go-v2/service/iam"
)

func TestGroups(t *testing.T) {
	l := newLocal(t, Options{})
	ctx := t.Context()
	made, err := l.admin.CreateGroup(ctx, &awsiam.CreateGroupInput{GroupName: str("g"), Path: str("/x/")})
	must(t, err)
	if g := made.Group; *g.Arn != "arn:aws:iam::"+home+":group/x/g" || (*g.GroupId)[:4] != "AGPA" || *g.Path != "/x/" {
		t.Errorf("%+v", g)
	}
	_, err = l.admin.CreateGroup(ctx, &awsiam.CreateGroupInput{GroupName: str("g")})
	refused(t, err, "EntityAlreadyExists", "Group with name g already exists.")
	join := func(group, user string) error {
		_, err := l.admin.AddUserToGroup(ctx, &awsiam.AddUserToGroupInput{GroupName: &group, UserName: &user})
		return err
	}
	must(t, join("g", "admin"))
	must(t, join("g", "admin"))
	refused(t, join("none", "none"), "NoSuchEntity", "The user with name none cannot be found.")
	refused(t, join("none", "admin"), "NoSuchEntity", "The group with name none cannot be found.")
	_, err = l.admin.RemoveUserFromGroup(ctx, &awsiam.RemoveUserFromGroupInput{GroupName: str("none"), UserName: str("none")})
	refused(t, err, "NoSuchEntity", "The user with name none cannot be found.")
	for i := range 10 {
		name := fmt.Sprintf("g%d", i)
		_, err = l.admin.CreateGroup(ctx, &awsiam.CreateGroupInput{GroupName: &name})
		must(t, err)
		if err := join(name, "admin"); i < 9 {
			must(t, err)
		} else {
			refused(t, err, "LimitExceeded", "Cannot exceed quota for GroupsPerUser: 10")
		}
	}
	of, err := l.admin.ListGroupsForUser(ctx, &awsiam.ListGroupsForUserInput{UserName: str("admin")})
	must(t, err)
	if len(of.Groups) != 10 || *of.Groups[0].GroupName != "g" || *of.Groups[9].GroupName != "g8" {
		t.Errorf("%+v", of.Groups)
	}
	got, err := l.admin.GetGroup(ctx, &awsiam.GetGroupInput{GroupName: str("g")})
	must(t, err)
	if *got.Group.GroupName != "g" || len(got.Users) != 1 || *got.Users[0].UserName != "admin" {
		t.Errorf("%+v", got)
	}
	_, err = l.admin.UpdateGroup(ctx, &awsiam.UpdateGroupInput{GroupName: str("g"), NewGroupName: str("g1")})
	refused(t, err, "EntityAlreadyExists", "Group with name g1 already exists.")
	_, err = l.admin.GetGroupPolicy(ctx, &awsiam.GetGroupPolicyInput{GroupName: str("g"), PolicyName: str("p")})
	refused(t, err, "NoSuchEntity", "The group policy with name p cannot be found.")
	none := "arn:aws:iam::" + home + ":policy/none"
	_, err = l.admin.DetachGroupPolicy(ctx, &awsiam.DetachGroupPolicyInput{GroupName: str("g"), PolicyArn: &none})
	refused(t, err, "NoSuchEntity", "Policy "+none+" was not found.")
	_, err = l.admin.DeleteGroup(ctx, &awsiam.DeleteGroupInput{GroupName: str("none")})
	refused(t, err, "NoSuchEntity", "The group with name none cannot be found.")
	listed, err := l.admin.ListGroups(ctx, &awsiam.ListGroupsInput{})
	must(t, err)
	if len(listed.Groups) != 11 {
		t.Errorf("%d groups", len(listed.Groups))
	}
}
