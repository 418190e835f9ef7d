"""The IAM policies that a pipeline needs, and no more: from its definition and an environment to documents.

actions: what each type of step calls. values, objects: what an expression can stand for. grants: permissions
gathered into a document. execution, functions, instances, deployer: what each role needs. compare: what a
real role lacks.
"""
