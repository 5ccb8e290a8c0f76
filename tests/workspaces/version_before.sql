-- migrated account 0009_emailaddress_unique_primary_email
-- migrated accounts 0009_tenant_named
-- migrated auth 0012_alter_user_first_name_max_length
-- migrated calendars 0019_what_counts_as_met
-- migrated contenttypes 0002_remove_content_type_name
-- migrated mfa 0003_authenticator_type_uniq
-- migrated procrastinate 0041_post_retry_failed_job
-- migrated records 0001_initial
-- migrated sessions 0001_initial
-- migrated socialaccount 0006_alter_socialaccount_extra_data
-- migrated workspaces 0011_no_claims_kept
COPY procrastinate_workers (id, last_heartbeat) FROM stdin;
1	2020-01-01 00:00:00+00
\.
COPY workspaces_workspace (id, name, sample, created_at, sharing_cap, sharing_default, time_zone) FROM stdin;
1	Lumen Studio	f	2026-06-01 12:00:00+00	everything	metadata	
\.
COPY workspaces_user (id, password, last_login, is_superuser, is_staff, is_active, date_joined, email, name, time_zone, language) FROM stdin;
1	!EfPIq3UxMC7ELvhasdJcX38kD3efXeAYbBCPOCCW	\N	f	f	t	2026-12-01 00:02:07.529748+00	alice@lumen.example	Alice Adler	UTC	
2	!HPTa4Q1qlrySUz2Ll6RTvEFiPUiFmU709auyKtub	\N	f	f	t	2026-12-01 00:02:07.651372+00	bob@lumen.example	Bob Brandt	UTC	
3	!ttdPpbp5LNRwfu0OkzWN5E0s1BbGGuSkPVrytW9n	\N	f	f	t	2026-12-01 00:02:07.736982+00	dora@lumen.example	Dora Dahl	UTC	
\.
COPY workspaces_member (id, role, created_at, user_id, workspace_id, left_at, heard_at) FROM stdin;
1	owner	2026-06-01 12:00:00+00	1	1	\N	\N
2	member	2026-06-01 12:00:00+00	2	1	\N	\N
3	member	2026-06-01 12:00:00+00	3	1	\N	\N
\.
COPY workspaces_invitation (id, address, role, token_hash, created_at, expires_at, accepted_at, invited_by_id, workspace_id, mailed, one_of_us) FROM stdin;
1	ines@partner.example	member	d2140ea7b165f3c02867104a05cbdf89865f51bd8193afdea03bce9847242aaf	2026-06-01 12:00:00+00	2026-06-15 12:00:00+00	\N	1	1	f	f
\.
COPY workspaces_apitoken (id, name, token_hash, created_at, last_used_at, member_id, workspace_id) FROM stdin;
1	Reports	5baf2868fbd2834902a455e9d475aef41a5f84d9ff736cc3376778c5c6e2dff0	2026-06-01 12:00:00+00	\N	1	1
\.
COPY workspaces_owndomain (id, domain, workspace_id, standing, waits) FROM stdin;
1	partner.example	1	whole	f
2	newco.example	1	whole	f
\.
COPY workspaces_auditline (id, at, member_id, who, action, facts, workspace_id) FROM stdin;
1	2026-06-01 12:00:00+00	1	Alice Adler	blocked	{"kind": "word", "many": 1, "everybody": false}	1
2	2026-06-01 12:00:00+00	1	Alice Adler	connected	{"to": "metadata", "kind": "own", "account": 1, "provider": "memory"}	1
3	2026-06-01 12:00:00+00	2	Bob Brandt	connected	{"to": "everything", "kind": "own", "account": 2, "provider": "memory"}	1
4	2026-06-01 12:00:00+00	3	Dora Dahl	connected	{"to": "subject", "kind": "own", "account": 3, "provider": "memory"}	1
5	2026-06-01 12:00:00+00	1	Alice Adler	linked	{"kind": "opportunity", "record": 1, "meeting": 29}	1
6	2026-06-01 12:00:00+00	1	Alice Adler	unlinked	{"kind": "company", "record": 1, "meeting": 29}	1
7	2026-06-01 12:00:00+00	2	Bob Brandt	linked	{"kind": "company", "record": 2, "meeting": 31}	1
8	2026-06-01 12:00:00+00	1	Alice Adler	meeting-level	{"to": "everything", "kind": "one", "meeting": 28}	1
9	2026-06-01 12:00:00+00	1	Alice Adler	meeting-out	{"kind": "one", "purged": 1, "meeting": 27}	1
10	2026-06-01 12:00:00+00	1	Alice Adler	ours	{"to": "whole", "kind": "domain"}	1
11	2026-06-01 12:00:00+00	1	Alice Adler	invited	{"to": "shown", "kind": "member"}	1
12	2026-06-01 12:00:00+00	1	Alice Adler	token-made	{}	1
13	2026-06-01 12:00:00+00	1	Alice Adler	subscribed	{"kind": "company", "record": 1}	1
14	2026-06-01 12:00:00+00	3	Dora Dahl	disconnected	{"member": 3, "purged": true, "account": 3, "provider": "memory"}	1
15	2026-06-01 12:00:00+00	1	Alice Adler	meeting-out	{"kind": "series", "purged": 5, "meeting": 20}	1
16	2026-06-01 12:00:00+00	1	Alice Adler	erased	{"many": 15, "purged": 5}	1
17	2026-06-01 12:00:00+00	1	Alice Adler	ours	{"to": "whole", "kind": "domain"}	1
18	2026-06-01 12:00:00+00	2	Bob Brandt	blocked	{"kind": "who", "many": 1, "everybody": false}	1
\.
COPY workspaces_memberaddress (id, address, member_id, workspace_id, way, by_id, account_id, created_at, mailed_at) FROM stdin;
1	alice@lumen.example	1	1	operator	\N	0	2026-06-01 12:00:00+00	\N
2	bob@lumen.example	2	1	operator	\N	0	2026-06-01 12:00:00+00	\N
3	dora@lumen.example	3	1	operator	\N	0	2026-06-01 12:00:00+00	\N
4	alice@lumen.example	1	1	typed	\N	1	2026-06-01 12:00:00+00	\N
5	bob@lumen.example	2	1	typed	\N	2	2026-06-01 12:00:00+00	\N
6	dora@lumen.example	3	1	typed	\N	3	2026-06-01 12:00:00+00	\N
\.
COPY records_company (id, name, name_key, created_at, updated_at, trashed_at, made_by_rule, workspace_id) FROM stdin;
1	Acme	acme	2026-06-01 12:00:00+00	2026-06-01 12:00:00+00	\N	f	1
2	Other	other	2026-06-01 12:00:00+00	2026-06-01 12:00:00+00	\N	f	1
3	fresh.example	fresh.example	2026-06-01 12:00:00+00	2026-06-01 12:00:00+00	\N	t	1
\.
COPY records_companydomain (id, domain, company_id, workspace_id) FROM stdin;
1	acme.example	1	1
2	other.example	2	1
3	fresh.example	3	1
\.
COPY records_person (id, name, name_key, created_at, updated_at, trashed_at, made_by_rule, job_title, company_id, workspace_id) FROM stdin;
1	Anna Lindt	anna lindt	2026-06-01 12:00:00+00	2026-06-01 12:00:00+00	\N	f		1	1
2	Zoe	zoe	2026-06-01 12:00:00+00	2026-06-01 12:00:00+00	\N	f		\N	1
3	Nina New	nina new	2026-06-01 12:00:00+00	2026-06-01 12:00:00+00	\N	t		3	1
\.
COPY records_opportunity (id, name, name_key, created_at, updated_at, trashed_at, made_by_rule, stage, amount, currency, close_date, company_id, workspace_id, contact_id) FROM stdin;
1	Rollout	rollout	2026-06-01 12:00:00+00	2026-06-01 12:00:00+00	\N	f	new	\N		\N	1	1	1
\.
COPY records_personaddress (id, address, folded, "primary", person_id, workspace_id) FROM stdin;
2	zoe@shop.example	zoe@shop.example	t	2	1
3	nina@fresh.example	nina@fresh.example	t	3	1
4	anna@acme.example	anna@acme.example	t	1	1
5	anna@home.example	anna@home.example	f	1	1
\.
COPY accounts_account (id, provider, address, server, username, secret, sharing, disconnected_at, created_at, member_id, workspace_id, subject, delegated, assigned, host) FROM stdin;
1	memory	alice@lumen.example	memory:before-alice		gAAAAABrDg6AqUZ_77E53c0t_Gmo0wXd-ro24u-lT-YScFkvwN0rpN77-BmI5300V6kEqAyCYgBz_IbLjQbqbsNoYZ9ZYpevkOhtb7yae3S-SMH1LImWzAA=	metadata	\N	2026-12-01 00:02:08.016677+00	1	1		f	f	
2	memory	bob@lumen.example	memory:before-bob		gAAAAABrDg6A4nEQhXcZtdOGu25lIcZA6MCPNkdCPrWVIjBDKTeDdZr-gSjVcekNQbeHSbXfjl7mY-KtyOON5QPMstQP8Kn4uA==	everything	\N	2026-12-01 00:02:08.167516+00	2	1		f	f	
3	memory	dora@lumen.example	memory:before-dora			subject	2026-06-01 12:00:00+00	2026-12-01 00:02:08.33172+00	3	1		f	f	
\.
COPY accounts_block (id, pattern, created_at, member_id, workspace_id, kind) FROM stdin;
1	surgery	2026-12-01 00:02:07.966916+00	1	1	word
2	e7e52301f394445832c39946d178073f	2026-12-01 00:02:12.150959+00	\N	1	erased
3	sam@spam.example	2026-12-01 00:02:12.479144+00	2	1	who
\.
COPY accounts_enrolment (id, provider, state, message, detail, told, member_id, workspace_id, address) FROM stdin;
1	google	asked			f	2	1	
\.
COPY calendars_calendar (id, remote_id, name, colour, "primary", kind, enabled, paused, sharing, cursor, state, state_since, message, detail, failures, last_success_at, next_sync_at, lease_until, lease_holder, emptiness_confirmed, read, expected, account_id, workspace_id, new_people, by_content) FROM stdin;
1	work	Work		t	own	t	f			fine	2026-06-01 12:00:00+00			0	2026-06-01 12:00:00+00	2026-06-01 12:00:00+00	\N	\N	f	13	13	1	1	on	f
2	work	Work		t	own	t	f		0.16	fine	2026-06-01 12:00:00+00			0	2026-06-01 12:00:00+00	2026-06-01 12:00:00+00	2026-06-01 11:59:00+00	00000000-0000-0000-0000-000000000007	f	0	0	2	1	off	f
3	side	Side		f	own	f	f			fine	2026-06-01 12:00:00+00			0	2026-06-01 12:00:00+00	\N	\N	\N	f	0	0	2	1	off	f
4	past	Past		f	own	t	t			fine	2026-06-01 12:00:00+00			0	2026-06-01 12:00:00+00	2026-06-01 12:06:14.233054+00	\N	\N	f	1	1	2	1	off	f
5	work	Work		t	own	t	f			fine	2026-06-01 12:00:00+00			0	2026-06-01 12:00:00+00	\N	\N	\N	f	0	0	3	1	off	f
\.
COPY calendars_event (id, starts_at, ends_at, start_date, end_date, zone, cancelled, ical_uid, key, workspace_id, organizer_key, more) FROM stdin;
1	2026-06-10 09:00:00+00	2026-06-10 10:00:00+00	\N	\N	UTC	f	lunch		1	member:1	0
2	2026-06-11 09:00:00+00	2026-06-11 10:00:00+00	\N	\N	UTC	f	weekly	20260611T090000Z	1	member:1	0
3	2026-06-18 11:00:00+00	2026-06-18 12:00:00+00	\N	\N	UTC	f	weekly	20260618T090000Z	1	member:1	0
4	2026-06-25 09:00:00+00	2026-06-25 10:00:00+00	\N	\N	UTC	f	weekly	20260625T090000Z	1	member:1	0
5	2026-07-02 09:00:00+00	2026-07-02 10:00:00+00	\N	\N	UTC	f	weekly	20260702T090000Z	1	member:1	0
6	2026-05-01 09:00:00+00	2026-05-01 10:00:00+00	\N	\N	UTC	f	monthly	20260501T090000Z	1	member:1	0
7	2026-06-01 09:00:00+00	2026-06-01 10:00:00+00	\N	\N	UTC	f	monthly	20260601T090000Z	1	member:1	0
8	2026-07-01 09:00:00+00	2026-07-01 10:00:00+00	\N	\N	UTC	f	monthly	20260701T090000Z	1	member:1	0
9	2026-08-01 09:00:00+00	2026-08-01 10:00:00+00	\N	\N	UTC	f	monthly	20260801T090000Z	1	member:1	0
10	2026-09-01 09:00:00+00	2026-09-01 10:00:00+00	\N	\N	UTC	f	monthly	20260901T090000Z	1	member:1	0
11	2026-10-01 09:00:00+00	2026-10-01 10:00:00+00	\N	\N	UTC	f	monthly	20261001T090000Z	1	member:1	0
12	2026-11-01 09:00:00+00	2026-11-01 10:00:00+00	\N	\N	UTC	f	monthly	20261101T090000Z	1	member:1	0
13	2026-12-01 09:00:00+00	2026-12-01 10:00:00+00	\N	\N	UTC	f	monthly	20261201T090000Z	1	member:1	0
14	2027-01-01 09:00:00+00	2027-01-01 10:00:00+00	\N	\N	UTC	f	monthly	20270101T090000Z	1	member:1	0
15	2027-02-01 09:00:00+00	2027-02-01 10:00:00+00	\N	\N	UTC	f	monthly	20270201T090000Z	1	member:1	0
16	2027-03-01 09:00:00+00	2027-03-01 10:00:00+00	\N	\N	UTC	f	monthly	20270301T090000Z	1	member:1	0
17	2027-04-01 09:00:00+00	2027-04-01 10:00:00+00	\N	\N	UTC	f	monthly	20270401T090000Z	1	member:1	0
18	2027-05-01 09:00:00+00	2027-05-01 10:00:00+00	\N	\N	UTC	f	monthly	20270501T090000Z	1	member:1	0
19	2027-06-01 09:00:00+00	2027-06-01 10:00:00+00	\N	\N	UTC	f	monthly	20270601T090000Z	1	member:1	0
22	2026-05-23 09:00:00+00	2026-05-23 10:00:00+00	\N	\N	UTC	f	course	20260523T090000Z	1	member:1	0
23	2026-05-24 09:00:00+00	2026-05-24 10:00:00+00	\N	\N	UTC	f	course	20260524T090000Z	1	member:1	0
24	2026-05-25 09:00:00+00	2026-05-25 10:00:00+00	\N	\N	UTC	f	course	20260525T090000Z	1	member:1	0
25	2026-06-13 09:00:00+00	2026-06-13 10:00:00+00	\N	\N	UTC	t	cancelled		1	member:1	0
26	2026-06-12 09:00:00+00	2026-06-12 10:00:00+00	\N	\N	UTC	f	fresh		1	member:1	0
28	2026-06-15 09:00:00+00	2026-06-15 10:00:00+00	\N	\N	UTC	f	level		1	member:1	0
29	2026-05-31 09:00:00+00	2026-05-31 10:00:00+00	\N	\N	UTC	f	planning		1	member:1	0
30	2026-06-20 00:00:00+00	2026-06-22 00:00:00+00	2026-06-20	2026-06-22	UTC	f	fair		1	member:1	0
34	2026-06-12 09:00:00+00	2026-06-12 10:00:00+00	\N	\N	UTC	f	side2		1	member:2	0
35	2026-06-13 09:00:00+00	2026-06-13 10:00:00+00	\N	\N	UTC	f	side3		1	member:2	0
36	2026-06-14 09:00:00+00	2026-06-14 10:00:00+00	\N	\N	UTC	f	side4		1	member:2	0
37	2026-06-11 09:00:00+00	2026-06-11 10:00:00+00	\N	\N	UTC	f	shop		1	member:2	0
38	2026-06-12 09:00:00+00	2026-06-12 10:00:00+00	\N	\N	UTC	f	home		1	member:2	0
39	2026-06-13 09:00:00+00	2026-06-13 10:00:00+00	\N	\N	UTC	f	newco		1	member:2	0
40	2026-06-14 09:00:00+00	2026-06-14 10:00:00+00	\N	\N	UTC	f	spam		1	member:2	0
43	2026-06-12 09:00:00+00	2026-06-12 10:00:00+00	\N	\N	UTC	f	eva2		1	member:2	0
44	2026-06-13 09:00:00+00	2026-06-13 10:00:00+00	\N	\N	UTC	f	eva3		1	member:2	0
45	2026-06-14 09:00:00+00	2026-06-14 10:00:00+00	\N	\N	UTC	f	eva4		1	member:2	0
49	2026-06-12 09:00:00+00	2026-06-12 10:00:00+00	\N	\N	UTC	f	dora2		1	member:3	0
50	2026-06-13 09:00:00+00	2026-06-13 10:00:00+00	\N	\N	UTC	f	dora3		1	member:3	0
51	2026-06-14 09:00:00+00	2026-06-14 10:00:00+00	\N	\N	UTC	f	dora4		1	member:3	0
52	2026-06-10 09:00:00+00	2026-06-10 10:00:00+00	\N	\N	UTC	f	duet	20260610T090000Z	1	member:3	0
53	2026-06-11 09:00:00+00	2026-06-11 10:00:00+00	\N	\N	UTC	f	duet	20260611T090000Z	1	member:3	0
\.
COPY calendars_entry (id, starts_at, ends_at, start_date, end_date, zone, cancelled, remote_id, digest, sequence, remote_updated_at, title, description, location, join_url, web_url, attachments, attendees, calendar_id, workspace_id, event_id, sharing, fallbacks, organizer, apart, sieve, more) FROM stdin;
1	2026-06-10 09:00:00+00	2026-06-10 10:00:00+00	\N	\N	UTC	f	lunch	\\x689f962f3ccfc775920a2078965a8003	0	\N	Lunch with Anna	A <b>long</b> one	Room “4”	https://meet.example/lunch		{}	[["alice@lumen.example", "", "accepted", "required", "individual", true], ["anna@acme.example", "", "needs-action", "required", "individual", false], ["bob@lumen.example", "", "needs-action", "required", "individual", false]]	1	1	1			alice@lumen.example	f	\N	0
2	2026-06-11 09:00:00+00	2026-06-11 10:00:00+00	\N	\N	UTC	f	weekly	\\x8cb2fb42390f940ceeb713b44e8115ec	0	\N	About weekly					{}	[["alice@lumen.example", "", "accepted", "required", "individual", true], ["anna@acme.example", "", "needs-action", "required", "individual", false]]	1	1	2			alice@lumen.example	f	\N	0
3	2026-06-18 11:00:00+00	2026-06-18 12:00:00+00	\N	\N	UTC	f	weekly	\\xb8eba7cd59e7ffc4eb05df3734fd9b89	0	\N	About weekly					{}	[["alice@lumen.example", "", "accepted", "required", "individual", true], ["anna@acme.example", "", "needs-action", "required", "individual", false]]	1	1	3			alice@lumen.example	f	\N	0
4	2026-06-25 09:00:00+00	2026-06-25 10:00:00+00	\N	\N	UTC	f	weekly	\\x853d2e7119341df5a1791c833a338341	0	\N	About weekly					{}	[["alice@lumen.example", "", "accepted", "required", "individual", true], ["anna@acme.example", "", "needs-action", "required", "individual", false]]	1	1	4			alice@lumen.example	f	\N	0
5	2026-07-02 09:00:00+00	2026-07-02 10:00:00+00	\N	\N	UTC	f	weekly	\\xb6036b6a867710afd60c59e4bcaf34ba	0	\N	About weekly					{}	[["alice@lumen.example", "", "accepted", "required", "individual", true], ["anna@acme.example", "", "needs-action", "required", "individual", false]]	1	1	5			alice@lumen.example	f	\N	0
6	2026-05-01 09:00:00+00	2026-05-01 10:00:00+00	\N	\N	UTC	f	monthly	\\xbe3b49540ae59afdd055478b21f00b37	0	\N	About monthly					{}	[["alice@lumen.example", "", "accepted", "required", "individual", true], ["anna@acme.example", "", "needs-action", "required", "individual", false]]	1	1	6			alice@lumen.example	f	\N	0
7	2026-06-01 09:00:00+00	2026-06-01 10:00:00+00	\N	\N	UTC	f	monthly	\\x82b6c8d0ab407de6c8192e9bd83970d6	0	\N	About monthly					{}	[["alice@lumen.example", "", "accepted", "required", "individual", true], ["anna@acme.example", "", "needs-action", "required", "individual", false]]	1	1	7			alice@lumen.example	f	\N	0
8	2026-07-01 09:00:00+00	2026-07-01 10:00:00+00	\N	\N	UTC	f	monthly	\\xa93a42be03cc54133a8875e92fa942ba	0	\N	About monthly					{}	[["alice@lumen.example", "", "accepted", "required", "individual", true], ["anna@acme.example", "", "needs-action", "required", "individual", false]]	1	1	8			alice@lumen.example	f	\N	0
9	2026-08-01 09:00:00+00	2026-08-01 10:00:00+00	\N	\N	UTC	f	monthly	\\x73b217fac24fa114e3e6c685fe57b566	0	\N	About monthly					{}	[["alice@lumen.example", "", "accepted", "required", "individual", true], ["anna@acme.example", "", "needs-action", "required", "individual", false]]	1	1	9			alice@lumen.example	f	\N	0
10	2026-09-01 09:00:00+00	2026-09-01 10:00:00+00	\N	\N	UTC	f	monthly	\\x37edbab8291ce387d93eb60bd0796a72	0	\N	About monthly					{}	[["alice@lumen.example", "", "accepted", "required", "individual", true], ["anna@acme.example", "", "needs-action", "required", "individual", false]]	1	1	10			alice@lumen.example	f	\N	0
11	2026-10-01 09:00:00+00	2026-10-01 10:00:00+00	\N	\N	UTC	f	monthly	\\x30fda25a870d31088653521bad604aad	0	\N	About monthly					{}	[["alice@lumen.example", "", "accepted", "required", "individual", true], ["anna@acme.example", "", "needs-action", "required", "individual", false]]	1	1	11			alice@lumen.example	f	\N	0
12	2026-11-01 09:00:00+00	2026-11-01 10:00:00+00	\N	\N	UTC	f	monthly	\\x7a4a4f48186d19fc79f08783a14e2a93	0	\N	About monthly					{}	[["alice@lumen.example", "", "accepted", "required", "individual", true], ["anna@acme.example", "", "needs-action", "required", "individual", false]]	1	1	12			alice@lumen.example	f	\N	0
13	2026-12-01 09:00:00+00	2026-12-01 10:00:00+00	\N	\N	UTC	f	monthly	\\x2fb77fea8a621cae43b081f1500ddac8	0	\N	About monthly					{}	[["alice@lumen.example", "", "accepted", "required", "individual", true], ["anna@acme.example", "", "needs-action", "required", "individual", false]]	1	1	13			alice@lumen.example	f	\N	0
14	2027-01-01 09:00:00+00	2027-01-01 10:00:00+00	\N	\N	UTC	f	monthly	\\x4e530ef998af3bf7566b0b3b146b7488	0	\N	About monthly					{}	[["alice@lumen.example", "", "accepted", "required", "individual", true], ["anna@acme.example", "", "needs-action", "required", "individual", false]]	1	1	14			alice@lumen.example	f	\N	0
15	2027-02-01 09:00:00+00	2027-02-01 10:00:00+00	\N	\N	UTC	f	monthly	\\x335da762528dd674793786ef1129abb1	0	\N	About monthly					{}	[["alice@lumen.example", "", "accepted", "required", "individual", true], ["anna@acme.example", "", "needs-action", "required", "individual", false]]	1	1	15			alice@lumen.example	f	\N	0
16	2027-03-01 09:00:00+00	2027-03-01 10:00:00+00	\N	\N	UTC	f	monthly	\\xc7404ab90ff0a53dda4b844d5ceddd21	0	\N	About monthly					{}	[["alice@lumen.example", "", "accepted", "required", "individual", true], ["anna@acme.example", "", "needs-action", "required", "individual", false]]	1	1	16			alice@lumen.example	f	\N	0
17	2027-04-01 09:00:00+00	2027-04-01 10:00:00+00	\N	\N	UTC	f	monthly	\\x30b7348cb20d390a20512d8c2294d709	0	\N	About monthly					{}	[["alice@lumen.example", "", "accepted", "required", "individual", true], ["anna@acme.example", "", "needs-action", "required", "individual", false]]	1	1	17			alice@lumen.example	f	\N	0
18	2027-05-01 09:00:00+00	2027-05-01 10:00:00+00	\N	\N	UTC	f	monthly	\\xf81852b752d8c10371605c747415b67b	0	\N	About monthly					{}	[["alice@lumen.example", "", "accepted", "required", "individual", true], ["anna@acme.example", "", "needs-action", "required", "individual", false]]	1	1	18			alice@lumen.example	f	\N	0
19	2027-06-01 09:00:00+00	2027-06-01 10:00:00+00	\N	\N	UTC	f	monthly	\\x1976139eee3570a830bd15da3a98a13f	0	\N	About monthly					{}	[["alice@lumen.example", "", "accepted", "required", "individual", true], ["anna@acme.example", "", "needs-action", "required", "individual", false]]	1	1	19			alice@lumen.example	f	\N	0
22	2026-05-23 09:00:00+00	2026-05-23 10:00:00+00	\N	\N	UTC	f	course	\\x7f4411897852134fb9739d18d3292177	0	\N	About course					{}	[["alice@lumen.example", "", "accepted", "required", "individual", true], ["anna@acme.example", "", "needs-action", "required", "individual", false]]	1	1	22			alice@lumen.example	f	\N	0
23	2026-05-24 09:00:00+00	2026-05-24 10:00:00+00	\N	\N	UTC	f	course	\\x78e52a575b686a6d7ec64d4a009e41b8	0	\N	About course					{}	[["alice@lumen.example", "", "accepted", "required", "individual", true], ["anna@acme.example", "", "needs-action", "required", "individual", false]]	1	1	23			alice@lumen.example	f	\N	0
24	2026-05-25 09:00:00+00	2026-05-25 10:00:00+00	\N	\N	UTC	f	course	\\xa422e406f5a090b8918e0ce1f421185f	0	\N	About course					{}	[["alice@lumen.example", "", "accepted", "required", "individual", true], ["anna@acme.example", "", "needs-action", "required", "individual", false]]	1	1	24			alice@lumen.example	f	\N	0
25	2026-06-13 09:00:00+00	2026-06-13 10:00:00+00	\N	\N	UTC	t	cancelled	\\x91e41c35b61c45c0c2236adeef368d94	0	\N	About cancelled					{}	[["alice@lumen.example", "", "accepted", "required", "individual", true], ["anna@acme.example", "", "needs-action", "required", "individual", false]]	1	1	25			alice@lumen.example	f	\N	0
26	2026-06-12 09:00:00+00	2026-06-12 10:00:00+00	\N	\N	UTC	f	fresh	\\x908bb1232cd6643a6901b92522800947	0	\N	About fresh					{}	[["alice@lumen.example", "", "accepted", "required", "individual", true], ["nina@fresh.example", "Nina New", "needs-action", "required", "individual", false]]	1	1	26			alice@lumen.example	f	\N	0
28	2026-06-15 09:00:00+00	2026-06-15 10:00:00+00	\N	\N	UTC	f	level	\\x6e44fbf09f47062bf417ff5abee8fc64	0	\N	About level					{}	[["alice@lumen.example", "", "accepted", "required", "individual", true], ["anna@acme.example", "", "needs-action", "required", "individual", false]]	1	1	28	everything		alice@lumen.example	f	\N	0
29	2026-05-31 09:00:00+00	2026-05-31 10:00:00+00	\N	\N	UTC	f	planning	\\xef015acc200c0867ef1a10af6705a382	0	\N	About planning					{}	[["alice@lumen.example", "", "accepted", "required", "individual", true], ["anna@acme.example", "", "needs-action", "required", "individual", false]]	1	1	29			alice@lumen.example	f	\N	0
30	2026-06-20 00:00:00+00	2026-06-22 00:00:00+00	2026-06-20	2026-06-22	UTC	f	fair	\\xfeac42839d60d1d4b984dfc0ddcf6967	0	\N	About fair					{}	[["alice@lumen.example", "", "accepted", "required", "individual", true], ["anna@acme.example", "", "needs-action", "required", "individual", false]]	1	1	30			alice@lumen.example	f	\N	0
34	2026-06-12 09:00:00+00	2026-06-12 10:00:00+00	\N	\N	UTC	f	side2	\\xf2ef680a97b88fddaf5064e2c45a7937	0	\N	About side2					{}	[["bob@lumen.example", "", "accepted", "required", "individual", true], ["zoe@shop.example", "", "needs-action", "required", "individual", false]]	3	1	34			bob@lumen.example	f	\N	0
35	2026-06-13 09:00:00+00	2026-06-13 10:00:00+00	\N	\N	UTC	f	side3	\\x2ee86ea9c31bb57fc73e5e0d084e0825	0	\N	About side3					{}	[["bob@lumen.example", "", "accepted", "required", "individual", true], ["zoe@shop.example", "", "needs-action", "required", "individual", false]]	3	1	35			bob@lumen.example	f	\N	0
36	2026-06-14 09:00:00+00	2026-06-14 10:00:00+00	\N	\N	UTC	f	side4	\\x8cd52a47fdb3c179f60ebf8873b2ab64	0	\N	About side4					{}	[["bob@lumen.example", "", "accepted", "required", "individual", true], ["zoe@shop.example", "", "needs-action", "required", "individual", false]]	3	1	36			bob@lumen.example	f	\N	0
37	2026-06-10 09:00:00+00	2026-06-10 10:00:00+00	\N	\N	UTC	f	lunch	\\xffffb55baf506b1773205ec26bd52187	0	\N	Lunch	Bob's own words				{}	[["alice@lumen.example", "", "accepted", "required", "individual", true], ["anna@acme.example", "", "needs-action", "required", "individual", false], ["bob@lumen.example", "", "needs-action", "required", "individual", false]]	2	1	1			alice@lumen.example	f	\N	0
38	2026-06-11 09:00:00+00	2026-06-11 10:00:00+00	\N	\N	UTC	f	shop	\\x3551d8fc5279ece6f912bef6e22ea0a6	0	\N	About shop					{}	[["bob@lumen.example", "", "accepted", "required", "individual", true], ["zoe@shop.example", "", "needs-action", "required", "individual", false]]	2	1	37			bob@lumen.example	f	\N	0
39	2026-06-12 09:00:00+00	2026-06-12 10:00:00+00	\N	\N	UTC	f	home	\\xeb70586a55143b1a383c08376161cc6c	0	\N	About home					{}	[["bob@lumen.example", "", "accepted", "required", "individual", true], ["anna@home.example", "", "needs-action", "required", "individual", false]]	2	1	38			bob@lumen.example	f	\N	0
40	2026-06-13 09:00:00+00	2026-06-13 10:00:00+00	\N	\N	UTC	f	newco	\\x3cebcc79bba00576b69c7470dbedbc71	0	\N	About newco					{}	[["bob@lumen.example", "", "accepted", "required", "individual", true], ["ned@newco.example", "", "needs-action", "required", "individual", false]]	2	1	39			bob@lumen.example	f	\N	0
41	2026-06-14 09:00:00+00	2026-06-14 10:00:00+00	\N	\N	UTC	f	spam	\\xd183f0eb7570062a512041f20e365e76	0	\N	About spam					{}	[["bob@lumen.example", "", "accepted", "required", "individual", true], ["sam@spam.example", "", "needs-action", "required", "individual", false]]	2	1	40			bob@lumen.example	f	\N	0
44	2026-06-12 09:00:00+00	2026-06-12 10:00:00+00	\N	\N	UTC	f	eva2	\\x9eebad54d9c107d18248c85408730b44	0	\N	About eva2					{}	[["bob@lumen.example", "", "accepted", "required", "individual", true], ["eva@erased.example", "", "needs-action", "required", "individual", false]]	2	1	43			bob@lumen.example	f	\N	0
45	2026-06-13 09:00:00+00	2026-06-13 10:00:00+00	\N	\N	UTC	f	eva3	\\x7e8f71561f4a031a2b0fa62d66816252	0	\N	About eva3					{}	[["bob@lumen.example", "", "accepted", "required", "individual", true], ["eva@erased.example", "", "needs-action", "required", "individual", false]]	2	1	44			bob@lumen.example	f	\N	0
46	2026-06-14 09:00:00+00	2026-06-14 10:00:00+00	\N	\N	UTC	f	eva4	\\xa323e0b511e9507f04bb6f94b72f5c74	0	\N	About eva4					{}	[["bob@lumen.example", "", "accepted", "required", "individual", true], ["eva@erased.example", "", "needs-action", "required", "individual", false]]	2	1	45			bob@lumen.example	f	\N	0
49	2026-06-12 09:00:00+00	2026-06-12 10:00:00+00	\N	\N	UTC	f	dora2	\\x59f159fe1b781b68157e4d09fd701a6f	0	\N	About dora2					{}	[["dora@lumen.example", "", "accepted", "required", "individual", true], ["anna@acme.example", "", "needs-action", "required", "individual", false]]	5	1	49			dora@lumen.example	f	\N	0
50	2026-06-13 09:00:00+00	2026-06-13 10:00:00+00	\N	\N	UTC	f	dora3	\\x0e6095a711296dda247421eed56eaffc	0	\N	About dora3					{}	[["dora@lumen.example", "", "accepted", "required", "individual", true], ["anna@acme.example", "", "needs-action", "required", "individual", false]]	5	1	50			dora@lumen.example	f	\N	0
51	2026-06-14 09:00:00+00	2026-06-14 10:00:00+00	\N	\N	UTC	f	dora4	\\x3ddc485e92778bf5c9e12572f2c2b238	0	\N	About dora4					{}	[["dora@lumen.example", "", "accepted", "required", "individual", true], ["anna@acme.example", "", "needs-action", "required", "individual", false]]	5	1	51			dora@lumen.example	f	\N	0
52	2026-06-10 09:00:00+00	2026-06-10 10:00:00+00	\N	\N	UTC	f	duet	\\x6f4a4472e14174f4b3a6ad71d40995fe	0	\N	About duet					{}	[["dora@lumen.example", "", "accepted", "required", "individual", true], ["anna@acme.example", "", "needs-action", "required", "individual", false]]	5	1	52			dora@lumen.example	f	\N	0
53	2026-06-11 09:00:00+00	2026-06-11 10:00:00+00	\N	\N	UTC	f	duet	\\x69040f4fdb12e1109da9fded652abf7b	0	\N	About duet					{}	[["dora@lumen.example", "", "accepted", "required", "individual", true], ["anna@acme.example", "", "needs-action", "required", "individual", false]]	5	1	53			dora@lumen.example	f	\N	0
\.
COPY calendars_attendee (id, address, reversed_domain, name, response, role, organizer, workspace_id, event_id) FROM stdin;
1	alice@lumen.example	example.lumen.		accepted	required	t	1	1
2	anna@acme.example	example.acme.		needs-action	required	f	1	1
3	bob@lumen.example	example.lumen.		needs-action	required	f	1	1
4	alice@lumen.example	example.lumen.		accepted	required	t	1	2
5	anna@acme.example	example.acme.		needs-action	required	f	1	2
6	alice@lumen.example	example.lumen.		accepted	required	t	1	3
7	anna@acme.example	example.acme.		needs-action	required	f	1	3
8	alice@lumen.example	example.lumen.		accepted	required	t	1	4
9	anna@acme.example	example.acme.		needs-action	required	f	1	4
10	alice@lumen.example	example.lumen.		accepted	required	t	1	5
11	anna@acme.example	example.acme.		needs-action	required	f	1	5
12	alice@lumen.example	example.lumen.		accepted	required	t	1	6
13	anna@acme.example	example.acme.		needs-action	required	f	1	6
14	alice@lumen.example	example.lumen.		accepted	required	t	1	7
15	anna@acme.example	example.acme.		needs-action	required	f	1	7
16	alice@lumen.example	example.lumen.		accepted	required	t	1	8
17	anna@acme.example	example.acme.		needs-action	required	f	1	8
18	alice@lumen.example	example.lumen.		accepted	required	t	1	9
19	anna@acme.example	example.acme.		needs-action	required	f	1	9
20	alice@lumen.example	example.lumen.		accepted	required	t	1	10
21	anna@acme.example	example.acme.		needs-action	required	f	1	10
22	alice@lumen.example	example.lumen.		accepted	required	t	1	11
23	anna@acme.example	example.acme.		needs-action	required	f	1	11
24	alice@lumen.example	example.lumen.		accepted	required	t	1	12
25	anna@acme.example	example.acme.		needs-action	required	f	1	12
26	alice@lumen.example	example.lumen.		accepted	required	t	1	13
27	anna@acme.example	example.acme.		needs-action	required	f	1	13
28	alice@lumen.example	example.lumen.		accepted	required	t	1	14
29	anna@acme.example	example.acme.		needs-action	required	f	1	14
30	alice@lumen.example	example.lumen.		accepted	required	t	1	15
31	anna@acme.example	example.acme.		needs-action	required	f	1	15
32	alice@lumen.example	example.lumen.		accepted	required	t	1	16
33	anna@acme.example	example.acme.		needs-action	required	f	1	16
34	alice@lumen.example	example.lumen.		accepted	required	t	1	17
35	anna@acme.example	example.acme.		needs-action	required	f	1	17
36	alice@lumen.example	example.lumen.		accepted	required	t	1	18
37	anna@acme.example	example.acme.		needs-action	required	f	1	18
38	alice@lumen.example	example.lumen.		accepted	required	t	1	19
39	anna@acme.example	example.acme.		needs-action	required	f	1	19
44	alice@lumen.example	example.lumen.		accepted	required	t	1	22
45	anna@acme.example	example.acme.		needs-action	required	f	1	22
46	alice@lumen.example	example.lumen.		accepted	required	t	1	23
47	anna@acme.example	example.acme.		needs-action	required	f	1	23
48	alice@lumen.example	example.lumen.		accepted	required	t	1	24
49	anna@acme.example	example.acme.		needs-action	required	f	1	24
50	alice@lumen.example	example.lumen.		accepted	required	t	1	25
51	anna@acme.example	example.acme.		needs-action	required	f	1	25
52	alice@lumen.example	example.lumen.		accepted	required	t	1	26
53	nina@fresh.example	example.fresh.	Nina New	needs-action	required	f	1	26
56	alice@lumen.example	example.lumen.		accepted	required	t	1	28
57	anna@acme.example	example.acme.		needs-action	required	f	1	28
58	alice@lumen.example	example.lumen.		accepted	required	t	1	29
59	anna@acme.example	example.acme.		needs-action	required	f	1	29
60	alice@lumen.example	example.lumen.		accepted	required	t	1	30
61	anna@acme.example	example.acme.		needs-action	required	f	1	30
68	bob@lumen.example	example.lumen.		accepted	required	t	1	34
69	zoe@shop.example	example.shop.		needs-action	required	f	1	34
70	bob@lumen.example	example.lumen.		accepted	required	t	1	35
71	zoe@shop.example	example.shop.		needs-action	required	f	1	35
72	bob@lumen.example	example.lumen.		accepted	required	t	1	36
73	zoe@shop.example	example.shop.		needs-action	required	f	1	36
74	bob@lumen.example	example.lumen.		accepted	required	t	1	37
75	zoe@shop.example	example.shop.		needs-action	required	f	1	37
76	bob@lumen.example	example.lumen.		accepted	required	t	1	38
77	anna@home.example	example.home.		needs-action	required	f	1	38
78	bob@lumen.example	example.lumen.		accepted	required	t	1	39
79	ned@newco.example	example.newco.		needs-action	required	f	1	39
80	bob@lumen.example	example.lumen.		accepted	required	t	1	40
81	sam@spam.example	example.spam.		needs-action	required	f	1	40
86	bob@lumen.example	example.lumen.		accepted	required	t	1	43
87	eva@erased.example	example.erased.		needs-action	required	f	1	43
88	bob@lumen.example	example.lumen.		accepted	required	t	1	44
89	eva@erased.example	example.erased.		needs-action	required	f	1	44
90	bob@lumen.example	example.lumen.		accepted	required	t	1	45
91	eva@erased.example	example.erased.		needs-action	required	f	1	45
96	dora@lumen.example	example.lumen.		accepted	required	t	1	49
97	anna@acme.example	example.acme.		needs-action	required	f	1	49
98	dora@lumen.example	example.lumen.		accepted	required	t	1	50
99	anna@acme.example	example.acme.		needs-action	required	f	1	50
100	dora@lumen.example	example.lumen.		accepted	required	t	1	51
101	anna@acme.example	example.acme.		needs-action	required	f	1	51
102	dora@lumen.example	example.lumen.		accepted	required	t	1	52
103	anna@acme.example	example.acme.		needs-action	required	f	1	52
104	dora@lumen.example	example.lumen.		accepted	required	t	1	53
105	anna@acme.example	example.acme.		needs-action	required	f	1	53
\.
COPY calendars_link (id, record_kind, record_id, starts_at, ends_at, all_day, reason, because, hidden, event_id, workspace_id, member, cancelled) FROM stdin;
1	1	1	2026-06-10 09:00:00+00	2026-06-10 10:00:00+00	f	address	anna@acme.example	f	1	1	0	\N
2	2	1	2026-06-10 09:00:00+00	2026-06-10 10:00:00+00	f	person	anna@acme.example	f	1	1	0	\N
3	1	1	2026-06-11 09:00:00+00	2026-06-11 10:00:00+00	f	address	anna@acme.example	f	2	1	0	\N
4	2	1	2026-06-11 09:00:00+00	2026-06-11 10:00:00+00	f	person	anna@acme.example	f	2	1	0	\N
5	1	1	2026-06-18 11:00:00+00	2026-06-18 12:00:00+00	f	address	anna@acme.example	f	3	1	0	\N
6	2	1	2026-06-18 11:00:00+00	2026-06-18 12:00:00+00	f	person	anna@acme.example	f	3	1	0	\N
7	1	1	2026-06-25 09:00:00+00	2026-06-25 10:00:00+00	f	address	anna@acme.example	f	4	1	0	\N
8	2	1	2026-06-25 09:00:00+00	2026-06-25 10:00:00+00	f	person	anna@acme.example	f	4	1	0	\N
9	1	1	2026-07-02 09:00:00+00	2026-07-02 10:00:00+00	f	address	anna@acme.example	f	5	1	0	\N
10	2	1	2026-07-02 09:00:00+00	2026-07-02 10:00:00+00	f	person	anna@acme.example	f	5	1	0	\N
11	1	1	2026-05-01 09:00:00+00	2026-05-01 10:00:00+00	f	address	anna@acme.example	f	6	1	0	\N
12	2	1	2026-05-01 09:00:00+00	2026-05-01 10:00:00+00	f	person	anna@acme.example	f	6	1	0	\N
13	1	1	2026-06-01 09:00:00+00	2026-06-01 10:00:00+00	f	address	anna@acme.example	f	7	1	0	\N
14	2	1	2026-06-01 09:00:00+00	2026-06-01 10:00:00+00	f	person	anna@acme.example	f	7	1	0	\N
15	1	1	2026-07-01 09:00:00+00	2026-07-01 10:00:00+00	f	address	anna@acme.example	f	8	1	0	\N
16	2	1	2026-07-01 09:00:00+00	2026-07-01 10:00:00+00	f	person	anna@acme.example	f	8	1	0	\N
17	1	1	2026-08-01 09:00:00+00	2026-08-01 10:00:00+00	f	address	anna@acme.example	f	9	1	0	\N
18	2	1	2026-08-01 09:00:00+00	2026-08-01 10:00:00+00	f	person	anna@acme.example	f	9	1	0	\N
19	1	1	2026-09-01 09:00:00+00	2026-09-01 10:00:00+00	f	address	anna@acme.example	f	10	1	0	\N
20	2	1	2026-09-01 09:00:00+00	2026-09-01 10:00:00+00	f	person	anna@acme.example	f	10	1	0	\N
21	1	1	2026-10-01 09:00:00+00	2026-10-01 10:00:00+00	f	address	anna@acme.example	f	11	1	0	\N
22	2	1	2026-10-01 09:00:00+00	2026-10-01 10:00:00+00	f	person	anna@acme.example	f	11	1	0	\N
23	1	1	2026-11-01 09:00:00+00	2026-11-01 10:00:00+00	f	address	anna@acme.example	f	12	1	0	\N
24	2	1	2026-11-01 09:00:00+00	2026-11-01 10:00:00+00	f	person	anna@acme.example	f	12	1	0	\N
25	1	1	2026-12-01 09:00:00+00	2026-12-01 10:00:00+00	f	address	anna@acme.example	f	13	1	0	\N
26	2	1	2026-12-01 09:00:00+00	2026-12-01 10:00:00+00	f	person	anna@acme.example	f	13	1	0	\N
27	1	1	2027-01-01 09:00:00+00	2027-01-01 10:00:00+00	f	address	anna@acme.example	f	14	1	0	\N
28	2	1	2027-01-01 09:00:00+00	2027-01-01 10:00:00+00	f	person	anna@acme.example	f	14	1	0	\N
29	1	1	2027-02-01 09:00:00+00	2027-02-01 10:00:00+00	f	address	anna@acme.example	f	15	1	0	\N
30	2	1	2027-02-01 09:00:00+00	2027-02-01 10:00:00+00	f	person	anna@acme.example	f	15	1	0	\N
31	1	1	2027-03-01 09:00:00+00	2027-03-01 10:00:00+00	f	address	anna@acme.example	f	16	1	0	\N
32	2	1	2027-03-01 09:00:00+00	2027-03-01 10:00:00+00	f	person	anna@acme.example	f	16	1	0	\N
33	1	1	2027-04-01 09:00:00+00	2027-04-01 10:00:00+00	f	address	anna@acme.example	f	17	1	0	\N
34	2	1	2027-04-01 09:00:00+00	2027-04-01 10:00:00+00	f	person	anna@acme.example	f	17	1	0	\N
35	1	1	2027-05-01 09:00:00+00	2027-05-01 10:00:00+00	f	address	anna@acme.example	f	18	1	0	\N
36	2	1	2027-05-01 09:00:00+00	2027-05-01 10:00:00+00	f	person	anna@acme.example	f	18	1	0	\N
37	1	1	2027-06-01 09:00:00+00	2027-06-01 10:00:00+00	f	address	anna@acme.example	f	19	1	0	\N
38	2	1	2027-06-01 09:00:00+00	2027-06-01 10:00:00+00	f	person	anna@acme.example	f	19	1	0	\N
43	1	1	2026-05-23 09:00:00+00	2026-05-23 10:00:00+00	f	address	anna@acme.example	f	22	1	0	\N
44	2	1	2026-05-23 09:00:00+00	2026-05-23 10:00:00+00	f	person	anna@acme.example	f	22	1	0	\N
45	1	1	2026-05-24 09:00:00+00	2026-05-24 10:00:00+00	f	address	anna@acme.example	f	23	1	0	\N
46	2	1	2026-05-24 09:00:00+00	2026-05-24 10:00:00+00	f	person	anna@acme.example	f	23	1	0	\N
47	1	1	2026-05-25 09:00:00+00	2026-05-25 10:00:00+00	f	address	anna@acme.example	f	24	1	0	\N
48	2	1	2026-05-25 09:00:00+00	2026-05-25 10:00:00+00	f	person	anna@acme.example	f	24	1	0	\N
49	1	1	2026-06-13 09:00:00+00	2026-06-13 10:00:00+00	f	address	anna@acme.example	f	25	1	0	\N
50	2	1	2026-06-13 09:00:00+00	2026-06-13 10:00:00+00	f	person	anna@acme.example	f	25	1	0	\N
51	1	3	2026-06-12 09:00:00+00	2026-06-12 10:00:00+00	f	address	nina@fresh.example	f	26	1	0	\N
52	2	3	2026-06-12 09:00:00+00	2026-06-12 10:00:00+00	f	person	nina@fresh.example	f	26	1	0	\N
55	1	1	2026-06-15 09:00:00+00	2026-06-15 10:00:00+00	f	address	anna@acme.example	f	28	1	0	\N
56	2	1	2026-06-15 09:00:00+00	2026-06-15 10:00:00+00	f	person	anna@acme.example	f	28	1	0	\N
57	1	1	2026-05-31 09:00:00+00	2026-05-31 10:00:00+00	f	address	anna@acme.example	f	29	1	0	\N
58	2	1	2026-05-31 09:00:00+00	2026-05-31 10:00:00+00	f	by-hand	1	t	29	1	0	\N
59	1	1	2026-06-20 00:00:00+00	2026-06-22 00:00:00+00	t	address	anna@acme.example	f	30	1	0	\N
60	2	1	2026-06-20 00:00:00+00	2026-06-22 00:00:00+00	t	person	anna@acme.example	f	30	1	0	\N
63	1	2	2026-06-12 09:00:00+00	2026-06-12 10:00:00+00	f	address	zoe@shop.example	f	34	1	0	\N
64	1	2	2026-06-13 09:00:00+00	2026-06-13 10:00:00+00	f	address	zoe@shop.example	f	35	1	0	\N
65	1	2	2026-06-14 09:00:00+00	2026-06-14 10:00:00+00	f	address	zoe@shop.example	f	36	1	0	\N
66	1	2	2026-06-11 09:00:00+00	2026-06-11 10:00:00+00	f	address	zoe@shop.example	f	37	1	0	\N
71	1	1	2026-06-12 09:00:00+00	2026-06-12 10:00:00+00	f	address	anna@acme.example	f	49	1	0	\N
72	2	1	2026-06-12 09:00:00+00	2026-06-12 10:00:00+00	f	person	anna@acme.example	f	49	1	0	\N
73	1	1	2026-06-13 09:00:00+00	2026-06-13 10:00:00+00	f	address	anna@acme.example	f	50	1	0	\N
74	2	1	2026-06-13 09:00:00+00	2026-06-13 10:00:00+00	f	person	anna@acme.example	f	50	1	0	\N
75	1	1	2026-06-14 09:00:00+00	2026-06-14 10:00:00+00	f	address	anna@acme.example	f	51	1	0	\N
76	2	1	2026-06-14 09:00:00+00	2026-06-14 10:00:00+00	f	person	anna@acme.example	f	51	1	0	\N
77	1	1	2026-06-10 09:00:00+00	2026-06-10 10:00:00+00	f	address	anna@acme.example	f	52	1	0	\N
78	2	1	2026-06-10 09:00:00+00	2026-06-10 10:00:00+00	f	person	anna@acme.example	f	52	1	0	\N
79	1	1	2026-06-11 09:00:00+00	2026-06-11 10:00:00+00	f	address	anna@acme.example	f	53	1	0	\N
80	2	1	2026-06-11 09:00:00+00	2026-06-11 10:00:00+00	f	person	anna@acme.example	f	53	1	0	\N
81	3	1	2026-05-31 09:00:00+00	2026-05-31 10:00:00+00	f	by-hand	1	f	29	1	0	\N
\.
COPY calendars_series (id, remote_id, ical_uid, definition, expanded_until, calendar_id, workspace_id) FROM stdin;
5	weekly	weekly	{"id": "weekly", "end": "2026-06-11T10:00:00+00:00 UTC", "uid": "weekly", "start": "2026-06-11T09:00:00+00:00 UTC", "title": "About weekly", "attendees": [{"kind": "individual", "name": "", "role": "required", "address": "alice@lumen.example", "response": "accepted", "organizer": true}, {"kind": "individual", "name": "", "role": "required", "address": "anna@acme.example", "response": "needs-action", "organizer": false}], "exceptions": [{"id": "weekly", "end": "2026-06-18T12:00:00+00:00 UTC", "uid": "weekly", "start": "2026-06-18T11:00:00+00:00 UTC", "title": "About weekly", "attendees": [{"kind": "individual", "name": "", "role": "required", "address": "alice@lumen.example", "response": "accepted", "organizer": true}, {"kind": "individual", "name": "", "role": "required", "address": "anna@acme.example", "response": "needs-action", "organizer": false}], "original_start": "2026-06-18T09:00:00+00:00 UTC"}], "recurrence": {"dates": [], "rules": ["FREQ=WEEKLY;COUNT=4"], "periods": [], "excluded": [], "ends_before": null, "excluded_rules": []}}	2027-06-02 12:00:00+00	1	1
6	monthly	monthly	{"id": "monthly", "end": "2026-05-01T10:00:00+00:00 UTC", "uid": "monthly", "start": "2026-05-01T09:00:00+00:00 UTC", "title": "About monthly", "attendees": [{"kind": "individual", "name": "", "role": "required", "address": "alice@lumen.example", "response": "accepted", "organizer": true}, {"kind": "individual", "name": "", "role": "required", "address": "anna@acme.example", "response": "needs-action", "organizer": false}], "recurrence": {"dates": [], "rules": ["FREQ=MONTHLY"], "periods": [], "excluded": [], "ends_before": null, "excluded_rules": []}}	2027-06-02 12:00:00+00	1	1
\.
COPY calendars_trace (id, item, part, reason, note, seen_on, calendar_id, workspace_id) FROM stdin;
1	01576d13c04bf8b1689cdd2a07d80c2b		private		2026-06-01	1	1
2	952e3714a687238194af5b131e2bff17		internal		2026-06-01	1	1
3	cc42eda03e0502d0dea21c1e5c5ab5a9		unreadable	the start is not a date	2026-06-01	1	1
4	0276409a687bf913e12faff11ff25e79		internal		2026-06-01	4	1
5	a1870fac49408a72b56d5a5edd7e70c5		taken-out		2026-06-01	1	1
6	07c87288cf4bb71b93c8e566ea4969f7		blocked		2026-06-01	2	1
7	cd8eea8599299e6dafd249de726e129f		blocked		2026-06-01	2	1
\.
COPY calendars_channel (id, remote_id, resource_id, secret, address, expires_at, renew_at, heard_at, account_id, calendar_id, workspace_id) FROM stdin;
1	channel-1		da6583c27b095fba65932b900f2bb19a	https://metwith.example/hooks/google	2026-06-02 12:00:00+00	2026-06-01 12:00:00+00	2026-06-01 12:00:00+00	1	1	1
2	channel-2	theirs	da6583c27b095fba65932b900f2bb19a	https://metwith.example/hooks/google	2026-06-02 12:00:00+00	2026-06-01 12:00:00+00	2026-06-01 12:00:00+00	2	2	1
\.
COPY calendars_meetinglevel (id, mark, level, member_id, workspace_id) FROM stdin;
1	f75ae216893a697cec7c3936b2da8156	everything	1	1
\.
COPY calendars_takenout (id, mark, whole, taken_on, calendar_id, member_id, workspace_id, alike) FROM stdin;
1	138678c7e633bb1d1c414b7e5abcf303	f	2026-06-01	1	1	1	
2	ba88f888dd9d0aa561c7252b55f09ffc	t	2026-06-01	1	1	1	
\.
COPY calendars_privacyrun (id, at, kind, account_id, facts, workspace_id) FROM stdin;
1	2026-06-01 12:00:00+00	verify	\N	{"found": 0}	1
\.
COPY calendars_tally (id, day, what, reason, many, last_at, calendar_id, workspace_id) FROM stdin;
1	2026-06-01	kept		10	2026-06-01 12:00:00+00	1	1
2	2026-06-01	dropped	private	1	2026-06-01 12:00:00+00	1	1
3	2026-06-01	dropped	internal	1	2026-06-01 12:00:00+00	1	1
4	2026-06-01	dropped	unreadable	1	2026-06-01 12:00:00+00	1	1
5	2026-06-01	kept		1	2026-06-01 12:00:00+00	4	1
6	2026-06-01	kept		5	2026-06-01 12:00:00+00	3	1
7	2026-06-01	kept		10	2026-06-01 12:00:00+00	2	1
8	2026-06-01	kept		6	2026-06-01 12:00:00+00	5	1
9	2026-06-01	purged	taken-out	2	2026-06-01 12:00:00+00	1	1
10	2026-06-01	dropped	internal	1	2026-06-01 12:00:00+00	4	1
11	2026-06-01	dropped	taken-out	1	2026-06-01 12:00:00+00	1	1
12	2026-06-01	purged	disconnected	6	2026-06-01 12:00:00+00	5	1
13	2026-06-01	purged	switched-off	5	2026-06-01 12:00:00+00	3	1
15	2026-06-01	dropped	blocked	2	2026-06-01 12:00:00+00	2	1
16	2026-06-01	purged	blocked	2	2026-06-01 12:00:00+00	2	1
\.
COPY calendars_newcomer (id, record_kind, record_id, calendar_id, workspace_id) FROM stdin;
1	1	3	1	1
2	2	3	1	1
\.
COPY calendars_subscription (id, record_kind, record_id, token_hash, created_at, last_used_at, member_id, workspace_id) FROM stdin;
1	2	1	9e95304161cd9e24fea48e036e70c6680718ab1b172ac15a1df854da79cd19d0	2026-06-01 12:00:00+00	\N	1	1
\.
COPY calendars_removal (id, kind, calendars, account_id, member_id, companies, sealed, by, created_at, workspace_id) FROM stdin;
2	account	{5}	3	\N	{}		3	2026-06-01 12:00:00+00	1
3	calendar	{3}	\N	\N	{}		2	2026-06-01 12:00:00+00	1
4	meeting	{1}	\N	\N	{}	gAAAAABrDg6D_l9xAwhePR9lyXFnQ4dH71p5SdQIEBr34kh8Ho3mjEEeK9tXUZ9LnzS0kXCxGc6GvwPcj4ybeajVK_EYL_7eCA==	1	2026-06-01 12:00:00+00	1
5	erased	{}	\N	\N	{}	gAAAAABrDg6E0tNCTivLQPAfMEqnbis_D5kXY2FEuUw1qXNjQ73hBvExAhKBG6eMgbA7D3Ntcgj2fPxgJdDGIf6Rf28xLFF2Wuguz_Qm8c8m_7IKXwxpGhw=	1	2026-06-01 12:00:00+00	1
\.
COPY calendars_inquiry (id, kind, state, session, request, answer, steps, hosts, landing, asked_at, expires_at, member_id, workspace_id) FROM stdin;
1	try	waiting	a session	gAAAAABrDg6D8TIg3eyZ4vgpqZlIMRzh149AtzNezyhVPCoc5xuyKegAr6XzCVtpUB_4lOHJHrhixctNSMRqKKtVj_QcFmrkH-O6478fzS8HGzjCiTMtzWIsDqx7-eeUHF0W1-9U0lhz1slv6Ws0qgsz6Z8rufbyrXTtj57QS18lWY2A7jJ8ZUKLLzOAAEBZNg4uuEoUWHbCygiB4jOXCPPOPAtKlncu5F56oRpPlKD7XlLOXOySzUg=		[]	{}		2026-06-01 12:00:00+00	2026-06-01 12:10:00+00	1	1
\.
COPY calendars_changedfact (id, kind, pattern, member_id, created_at, workspace_id) FROM stdin;
3	ours	newco.example	\N	2026-06-01 12:00:00+00	1
4	blocked	sam@spam.example	2	2026-06-01 12:00:00+00	1
\.
COPY calendars_setaside (id, remote_id, ical_uid, key, expanded_until, digest, definition, links, set_aside_at, calendar_id, workspace_id) FROM stdin;
1	partner	partner		\N	\\x0f18b35023accfbd0c45793860e16add	{"id": "partner", "end": "2026-03-02T10:00:00+00:00 UTC", "uid": "partner", "start": "2026-03-02T09:00:00+00:00 UTC", "title": "About partner", "attendees": [{"kind": "individual", "name": "", "role": "required", "address": "bob@lumen.example", "response": "accepted", "organizer": true}, {"kind": "individual", "name": "", "role": "required", "address": "pia@partner.example", "response": "needs-action", "organizer": false}]}	[[2, 2, "2", false]]	2026-06-01 12:00:00+00	4	1
\.
COPY procrastinate_jobs (id, queue_name, task_name, lock, args, status, scheduled_at, attempts, queueing_lock, priority, abort_requested, worker_id) FROM stdin;
20	sync	metwith.calendars.jobs.sync_calendar	calendar:1	{"calendar_id": 1, "workspace_id": 1}	todo	\N	0	calendar:1	10	f	\N
21	asked	metwith.calendars.answering.answer	inquiry:1	{"inquiry_id": 1, "workspace_id": 1}	todo	\N	0	\N	10	f	\N
22	upkeep	metwith.calendars.jobs.relink	relink:person:1	{"kind": 1, "record_id": 1, "workspace_id": 1}	todo	\N	0	\N	10	f	\N
23	upkeep	metwith.calendars.jobs.remove	removal:2	{"removal_id": 2, "workspace_id": 1}	todo	\N	0	\N	10	f	\N
24	upkeep	metwith.calendars.jobs.remove	removal:3	{"removal_id": 3, "workspace_id": 1}	todo	\N	0	\N	10	f	\N
25	sync	metwith.calendars.jobs.sync_calendar	calendar:2	{"calendar_id": 2, "workspace_id": 1}	doing	\N	0	calendar:2	10	f	1
26	upkeep	metwith.calendars.jobs.remove	removal:4	{"removal_id": 4, "workspace_id": 1}	todo	\N	0	\N	10	f	\N
28	upkeep	metwith.calendars.jobs.decide	redecide:1	{"workspace_id": 1}	todo	\N	0	redecide:1	10	f	\N
29	upkeep	metwith.calendars.jobs.remove	removal:5	{"removal_id": 5, "workspace_id": 1}	todo	\N	0	\N	10	f	\N
31	upkeep	metwith.calendars.jobs.regroup	regroup:1	{"workspace_id": 1}	todo	\N	0	\N	10	f	\N
33	sync	metwith.calendars.jobs.keep_push	push:calendar:1	{"account_id": 1, "calendar_id": 1, "workspace_id": 1}	todo	\N	0	push:calendar:1	0	f	\N
34	asked	metwith.calendars.whole.enrol	enrol:1	{"enrolment_id": 1, "workspace_id": 1}	todo	\N	0	enrol:1	0	f	\N
35	upkeep	metwith.calendars.jobs.relink_workspace	relink:1	{"workspace_id": 1}	todo	\N	0	\N	10	f	\N
36	upkeep	metwith.calendars.jobs.regroup	regroup:1	{"workspace_id": 1}	todo	\N	0	\N	10	f	\N
37	upkeep	metwith.calendars.jobs.settle_organized	organized:1	{"member_id": 1, "workspace_id": 1}	todo	\N	0	\N	10	f	\N
38	upkeep	metwith.calendars.jobs.settle_calendar	settle:4	{"calendar_id": 4, "workspace_id": 1}	todo	\N	0	\N	10	f	\N
39	upkeep	metwith.calendars.jobs.roll_calendar	roll:1	{"calendar_id": 1, "workspace_id": 1}	todo	\N	0	roll:1	0	f	\N
40	upkeep	metwith.calendars.jobs.choose_again	choose:1	{"workspace_id": 1}	todo	\N	0	choose:1	0	f	\N
41	upkeep	metwith.calendars.jobs.part_old	part-old:1	{"workspace_id": 1}	todo	\N	0	part-old:1	0	f	\N
42	upkeep	metwith.calendars.jobs.redecide	redecide-all:1	{"workspace_id": 1}	todo	\N	0	redecide-all:1	0	f	\N
43	asked	metwith.calendars.whole.part	part:1	{"workspace_id": 1}	todo	\N	0	\N	0	f	\N
44	metwith	metwith.calendars.jobs.relink	relink	{"kind": 2, "record_id": 1, "workspace_id": 1}	todo	\N	0	\N	0	f	\N
45	clock	metwith.calendars.jobs.go_on	\N	{"timestamp": 1780315200}	todo	\N	0	go-on	0	f	\N
46	clock	metwith.calendars.jobs.part_old_meetings	\N	{"timestamp": 1780315200}	todo	\N	0	part-old-meetings	0	f	\N
47	clock	metwith.calendars.jobs.renew_push	\N	{"timestamp": 1780315200}	todo	\N	0	renew-push	0	f	\N
48	clock	metwith.calendars.jobs.revive	\N	{"timestamp": 1780315200}	todo	\N	0	revive	100	f	\N
49	clock	metwith.calendars.jobs.roll_due_series	\N	{"timestamp": 1780315200}	todo	\N	0	roll-due-series	0	f	\N
50	clock	metwith.calendars.jobs.sync_due_calendars	\N	{"timestamp": 1780315200}	todo	\N	0	sync-due-calendars	50	f	\N
51	clock	metwith.calendars.upkeep.forget_inquiries	\N	{"timestamp": 1780315200}	todo	\N	0	forget-inquiries	0	f	\N
52	upkeep	metwith.calendars.upkeep.tidy	\N	{"timestamp": 1780315200}	todo	\N	0	tidy	0	f	\N
\.
COPY procrastinate_events (id, job_id, type, at) FROM stdin;
19	20	deferred	2026-12-01 00:02:07.508734+00
20	21	deferred	2026-12-01 00:02:07.508734+00
21	22	deferred	2026-12-01 00:02:07.508734+00
22	23	deferred	2026-12-01 00:02:07.508734+00
23	24	deferred	2026-12-01 00:02:07.508734+00
24	25	deferred	2026-12-01 00:02:07.508734+00
25	26	deferred	2026-12-01 00:02:07.508734+00
26	28	deferred	2026-12-01 00:02:07.508734+00
27	29	deferred	2026-12-01 00:02:07.508734+00
28	31	deferred	2026-12-01 00:02:07.508734+00
29	33	deferred	2026-12-01 00:02:07.508734+00
30	34	deferred	2026-12-01 00:02:07.508734+00
31	35	deferred	2026-12-01 00:02:07.508734+00
32	36	deferred	2026-12-01 00:02:07.508734+00
33	37	deferred	2026-12-01 00:02:07.508734+00
34	38	deferred	2026-12-01 00:02:07.508734+00
35	39	deferred	2026-12-01 00:02:07.508734+00
36	40	deferred	2026-12-01 00:02:07.508734+00
37	41	deferred	2026-12-01 00:02:07.508734+00
38	42	deferred	2026-12-01 00:02:07.508734+00
39	43	deferred	2026-12-01 00:02:07.508734+00
40	44	deferred	2026-12-01 00:02:07.508734+00
41	45	deferred	2026-12-01 00:02:07.508734+00
42	46	deferred	2026-12-01 00:02:07.508734+00
43	47	deferred	2026-12-01 00:02:07.508734+00
44	48	deferred	2026-12-01 00:02:07.508734+00
45	49	deferred	2026-12-01 00:02:07.508734+00
46	50	deferred	2026-12-01 00:02:07.508734+00
47	51	deferred	2026-12-01 00:02:07.508734+00
48	52	deferred	2026-12-01 00:02:07.508734+00
49	25	started	2026-12-01 00:02:07.508734+00
\.
COPY procrastinate_periodic_defers (id, task_name, defer_timestamp, job_id, periodic_id) FROM stdin;
1	metwith.calendars.upkeep.tidy	1780315200	52	
\.
