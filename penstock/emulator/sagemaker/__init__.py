"""The SageMaker service: operations over documents, as botocore's model describes them."""
