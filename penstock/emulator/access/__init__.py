"""Who may do what: IAM's decision about a call, as AWS takes it.

identities: which key is which role's. needs: what a call must be allowed. roles: what IAM holds. evaluator,
conditions: what policies say of it, pure. guard: the decision, in AWS's words. The package knows no HTTP.
Policies of resources (buckets, queues, functions, keys) and of organisations are not looked at.
"""
