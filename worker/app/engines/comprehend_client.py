"""The client of AWS Comprehend, and what its errors mean."""

from collections.abc import Mapping
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    CredentialRetrievalError,
    HTTPClientError,
    MetadataRetrievalError,
    NoCredentialsError,
)
from botocore.exceptions import ConnectionError as NoConnection
from botocore.parsers import ResponseParserError

from app.engines.api import Fault, Rejected, Throttled, Unavailable
from app.engines.retry_after import retry_after
from app.settings import Settings

# botocore 1.44.5, retries/standard.py: the codes among its ThrottledRetryableChecker's that Comprehend may send.
THROTTLING = frozenset(
    {
        "LimitExceededException",
        "RequestLimitExceeded",
        "RequestThrottled",
        "SlowDown",
        "Throttling",
        "ThrottlingException",
        "TooManyRequestsException",
    }
)
# What says nothing of the request; the last ones are where the role of a pod comes from.
BROKEN = (HTTPClientError, NoConnection, CredentialRetrievalError, MetadataRetrievalError)
# botocore 1.44.5, parsers.py: it looks into whatever JSON came as if it were what it expects.
NO_ANSWER = (ResponseParserError, AttributeError, TypeError, UnicodeDecodeError)
NO_ACCESS = frozenset({"AccessDeniedException", "InvalidSignatureException", "UnrecognizedClientException"})
CURE = "check AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or the role of the pod, and its right to comprehend:Batch*"
TRIES = 3
CONNECT_SECONDS = 5.0
SERVER_ERROR = 500
FORBIDDEN = (401, 403)
TOO_MANY_REQUESTS = 429


def connected(chosen: Settings) -> Any:
    """A client of the API, which tries a request three times where a connection or the server fails.

    Without keys of its own boto3 looks for them where AWS's tools do: a role of the pod, for one.
    """
    connect = min(CONNECT_SECONDS, chosen.comprehend_timeout_seconds / 4)
    client = boto3.client(
        "comprehend",
        region_name=chosen.aws_region,
        endpoint_url=chosen.aws_endpoint_url_comprehend or None,
        aws_access_key_id=chosen.aws_access_key_id.get_secret_value() or None,
        aws_secret_access_key=chosen.aws_secret_access_key.get_secret_value() or None,
        config=Config(
            retries={"mode": "standard", "total_max_attempts": TRIES},
            connect_timeout=connect,
            read_timeout=chosen.comprehend_timeout_seconds - connect,
        ),
    )
    events: Any = client.meta.events  # the stubs believe that no handler answers anything
    events.register_first("needs-retry.comprehend", _leave_throttling_to_the_report)
    return client


def call(client: Any, operation: str, **parameters: object) -> Mapping[str, Any]:
    """What the API answers. Raises Throttled, Unavailable or Rejected, and nothing of botocore."""
    try:
        answered: Mapping[str, Any] = getattr(client, operation)(**parameters)
    except ClientError as error:
        raise _refusal(error) from None
    except (*BROKEN, *NO_ANSWER) as error:
        raise Unavailable(f"{type(error).__name__}: {error}") from None
    except NoCredentialsError as error:
        raise Rejected(f"{CURE}: {error}") from None
    except BotoCoreError as error:
        raise Rejected(f"{type(error).__name__}: {error}") from None
    return answered


def _leave_throttling_to_the_report(response: tuple[Any, Mapping[str, Any]] | None, **_: Any) -> bool | None:
    """Or the SDK would send the request again, and all waiting requests with it.

    botocore 1.44.5, endpoint.py, `_needs_retry`: the first handler that does not answer None decides.
    """
    return False if response is not None and _is_throttling(response[1]) else None


def _is_throttling(parsed: Mapping[str, Any]) -> bool:
    code = parsed.get("Error", {}).get("Code")
    status = parsed.get("ResponseMetadata", {}).get("HTTPStatusCode")
    return code in THROTTLING or status == TOO_MANY_REQUESTS


def _refusal(error: ClientError) -> Fault | Rejected:
    response: Mapping[str, Any] = error.response
    metadata = response.get("ResponseMetadata", {})
    status, headers = metadata.get("HTTPStatusCode", SERVER_ERROR), metadata.get("HTTPHeaders", {})
    if _is_throttling(response):
        return Throttled(str(error), retry_after(headers))
    if status >= SERVER_ERROR:
        return Unavailable(str(error), retry_after(headers))
    no_access = status in FORBIDDEN or response.get("Error", {}).get("Code") in NO_ACCESS
    return Rejected(f"{CURE}: {error}" if no_access else str(error))
