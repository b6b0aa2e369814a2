"""The Amazon provider's hooks without their walk over the whole stack at each client.

They look for the name of the operator, which they put into the user agent; under pytest that takes
half of the time of these tests. "Unknown" is what they say when they find none.
"""

from airflow.providers.amazon.aws.hooks.base_aws import AwsGenericHook

AwsGenericHook._get_caller = lambda *_: "Unknown"
