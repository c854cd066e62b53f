// Package rds is Amazon RDS in the local plane: DB instances and clusters with their storage
// keys, snapshots with copies and restores, managed master passwords and tags. No database
// runs: there are no endpoints, and what the storage holds is the master password that its owner
// chose.
//
// Storage under a key is sealed by a data key that RDS makes by the grant which its caller
// gives it: https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Overview.Encryption.Keys.html.
// An instance or cluster whose key RDS cannot use is inaccessible-encryption-credentials-recoverable,
// until it is started with a key that works; after seven days it is
// inaccessible-encryption-credentials for good:
// https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Overview.Encryption.html. Here that is
// found out when somebody asks for it.
//
// What AWS has and this has not: subnet, parameter, option and security groups (none exists),
// replicas, global clusters, automated backups and restores to a point in time, exports, proxies,
// events, log exports, maintenance: what waits for a maintenance window keeps waiting. Snapshots are not
// shared and not copied between Regions. Data of Performance Insights is not kept; its key is.
//
// Operations: https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/Welcome.html.
// Actions: https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonrds.html.
// Texts of errors are as recorded in issues of infrastructure tools, unless they are marked.
package rds
