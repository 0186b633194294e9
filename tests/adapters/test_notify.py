"""SMS on the wire, against a gateway on loopback that speaks Twilio's format."""

import base64
from urllib.parse import parse_qs

import pytest
from pytest_httpserver import HTTPServer
from werkzeug import Request, Response

from tradefleet.adapters.notify.channels import AppriseNotifier
from tradefleet.adapters.notify.log import LogNotifier
from tradefleet.adapters.notify.sms import SmsNotifier
from tradefleet.domain.errors import NotifyError, SettingsError

PATH = "/2010-04-01/Accounts/AC123/Messages.json"


@pytest.fixture
def sms(httpserver: HTTPServer) -> SmsNotifier:
    return SmsNotifier(httpserver.url_for("/"), "AC123", "secret", "+4915111", "+4915222")


def test_L7_an_sms_carries_its_text_and_nothing_else_as_twilio_wants_it(
    httpserver: HTTPServer, sms: SmsNotifier
):
    seen: list[tuple[str, dict[str, list[str]]]] = []

    def gateway(request: Request) -> Response:
        seen.append((request.headers["Authorization"], parse_qs(request.get_data(as_text=True))))
        return Response('{"sid": "SM1"}', 201)

    httpserver.expect_request(PATH, method="POST").respond_with_handler(gateway)
    sms.send("⚠ BTC Bot: stopped & sold")

    (authorization, form), *_ = seen
    assert authorization == "Basic " + base64.b64encode(b"AC123:secret").decode()
    assert form == {
        "From": ["+4915111"],
        "To": ["+4915222"],
        "Body": ["⚠ BTC Bot: stopped & sold"],
    }


def test_a_wrong_token_is_permanent_and_says_the_gateways_words(
    httpserver: HTTPServer, sms: SmsNotifier
):
    refusal = {"code": 20003, "message": "Authenticate", "status": 401}
    httpserver.expect_request(PATH).respond_with_json(refusal, status=401)
    with pytest.raises(NotifyError, match=r"401 Authenticate \(code 20003\)") as caught:
        sms.send("hello")
    assert caught.value.permanent


@pytest.mark.parametrize("status", [429, 500, 503])
def test_L1_a_gateway_in_trouble_is_tried_again(
    httpserver: HTTPServer, sms: SmsNotifier, status: int
):
    httpserver.expect_request(PATH).respond_with_data("<html>oops</html>", status=status)
    with pytest.raises(NotifyError) as caught:
        sms.send("hello")
    assert not caught.value.permanent


def test_a_gateway_that_is_not_there_is_tried_again():
    nobody = SmsNotifier("http://127.0.0.1:1", "AC123", "secret", "+1", "+2")
    with pytest.raises(NotifyError, match="does not answer") as caught:
        nobody.send("hello")
    assert not caught.value.permanent
    assert "secret" not in str(caught.value)


def test_channels_without_the_extra_or_with_a_wrong_address_are_a_setting_to_mend():
    with pytest.raises(SettingsError, match="APPRISE_URLS"):
        AppriseNotifier("nonsense-without-a-scheme")


def test_the_log_takes_everything():
    LogNotifier().send("hello")
