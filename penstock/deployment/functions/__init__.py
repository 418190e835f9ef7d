"""The Lambda functions that a pipeline brings along, from the manifest to AWS.

package: their code as zip files. wanted: what the manifest asks for, rendered for an environment. plan: what
AWS has, and what differs. unset: what others have set beside. apply: the effects.
"""
