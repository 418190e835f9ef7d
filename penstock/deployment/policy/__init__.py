"""The IAM policies that a pipeline needs, and no more: from its definition and an environment to documents.

actions: what each type of step calls; operations: what IAM calls the operations of boto3's clients. values,
objects, keys: what an expression, a URI, a key can stand for. grants: permissions gathered into a document.
execution, functions, instances, deployer: what each role needs. compare: what a real role lacks.
"""
