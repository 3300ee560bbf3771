"""Rules on edge and API: origins, policies, what is kept and what is logged. Each yields a sentence for each breach."""

import sources
from template import of_type

# AWS's own policies, by the ids of its documentation.
MANAGED = {
    "CachePolicyId": {
        "4135ea2d-6df8-44a3-9df3-4b5a84be39ad": "CachingDisabled",
        "658327ea-f89d-4fab-a63d-7e88639e58f6": "CachingOptimized",
    },
    "OriginRequestPolicyId": {
        "b689b0a8-53d0-40ab-baf2-68738e2966ac": "AllViewerExceptHostHeader",
        "216adef6-5c7f-47e4-b989-5492eafa07d3": "AllViewer",
    },
    "ResponseHeadersPolicyId": {"60669652-455b-4ae9-85a4-c4c02393f86c": "SimpleCORS"},
}
FAILOVER = {400, 403, 404, 416, 500, 502, 503, 504}
ERRORS = {400, 403, 404, 405, 414, 416, 500, 501, 502, 503, 504}
# What may stand in a log: neither query nor cookies nor headers of the viewer's.
SECRET_FIELDS = {"cs-uri-query", "cs(Cookie)", "cs(Referer)", "cs(Authorization)"}
STREAMED = "2021-11-15/functions/${DeliveryAliasArn}/response-streaming-invocations"


def distributions(templates):
    for stack, template in templates.items():
        for name, resource in of_type(template, "AWS::CloudFront::Distribution").items():
            yield f"{stack}.{name}", template, resource["Properties"]["DistributionConfig"]


def behaviours(config):
    return [config["DefaultCacheBehavior"], *config.get("CacheBehaviors", [])]


def origins_exist(templates):
    for where, _, config in distributions(templates):
        origins = {origin["Id"] for origin in config["Origins"]}
        groups = config.get("OriginGroups", {}).get("Items", [])
        for group in groups:
            for member in group["Members"]["Items"]:
                if member["OriginId"] not in origins:
                    yield f"{where}: group {group['Id']} names origin {member['OriginId']}, which is not there"
            for status in group["FailoverCriteria"]["StatusCodes"]["Items"]:
                if status not in FAILOVER:
                    yield f"{where}: CloudFront does not fail over on {status}"
        for behaviour in behaviours(config):
            if behaviour["TargetOriginId"] not in origins | {group["Id"] for group in groups}:
                yield f"{where}: asks origin {behaviour['TargetOriginId']}, which is not there"


def policies_exist(templates):
    for where, template, config in distributions(templates):
        for behaviour in behaviours(config):
            for field, known in MANAGED.items():
                value = behaviour.get(field)
                if isinstance(value, str) and value not in known:
                    yield f"{where}: {field} {value} is none of AWS's own"
                if isinstance(value, dict) and value.get("Ref") not in template["Resources"] | template["Parameters"]:
                    yield f"{where}: {field} is nowhere"


def edge_is_as_its_readme_says(templates):
    template = templates["edge"]
    ((_, _, config),) = distributions({"edge": template})
    default = config["DefaultCacheBehavior"]
    key = template["Resources"][default["CachePolicyId"]["Ref"]]["Properties"]["CachePolicyConfig"]
    parts = key["ParametersInCacheKeyAndForwardedToOrigin"]
    if set(parts["HeadersConfig"].get("Headers", [])) != {"x-darkroom-viewer", "accept", "authorization"}:
        yield "edge: the cache key has other headers"
    if (
        parts["CookiesConfig"]["CookieBehavior"] != "none"
        or parts["QueryStringsConfig"]["QueryStringBehavior"] != "all"
        or key["MinTTL"] != 0
    ):
        yield "edge: the cache key has cookies, or not the query, or a minimum of its own"
    request = template["Resources"][default["OriginRequestPolicyId"]["Ref"]]["Properties"]["OriginRequestPolicyConfig"]
    if (
        request["HeadersConfig"].get("Headers") != ["x-darkroom-edge"]
        or request["CookiesConfig"]["CookieBehavior"] != "none"
    ):
        yield "edge: the origin gets other headers, or cookies"
    if config.get("CacheTagConfig") != {"HeaderName": "cache-tag"}:
        yield "edge: nothing can be purged by tag"
    kept = {each["ErrorCode"] for each in config.get("CustomErrorResponses", []) if each["ErrorCachingMinTTL"] == 0}
    if not ERRORS <= kept:
        yield f"edge: keeps {sorted(ERRORS - kept)} longer than the origin says"
    events = [each["EventType"] for each in default.get("FunctionAssociations", [])]
    if events != ["viewer-request"]:
        yield "edge: images are answered without the function"
    for origin in config["Origins"]:
        if "S3OriginConfig" in origin:
            if "OriginAccessControlId" not in origin:
                yield f"edge: origin {origin['Id']} is read by anybody or by nobody"
            continue
        if (
            not origin.get("OriginShield", {}).get("Enabled")
            or origin["CustomOriginConfig"]["OriginProtocolPolicy"] != "https-only"
        ):
            yield "edge: an origin without shield or without TLS"
        if "x-darkroom-origin" not in str(origin.get("OriginCustomHeaders")):
            yield "edge: the API does not know the edge"
    if "WebACLId" not in config or config["ViewerCertificate"]["MinimumProtocolVersion"] != "TLSv1.2_2021":
        yield "edge: no wall, or old TLS"


def api_paths_are_not_cached(templates):
    ((_, _, config),) = distributions({"edge": templates["edge"]})
    disabled = {
        pattern["PathPattern"]
        for pattern in config["CacheBehaviors"]
        if MANAGED["CachePolicyId"].get(pattern["CachePolicyId"]) == "CachingDisabled"
    }
    for method, path, _ in sources.access():
        behaviour = "/v1/*" if path.startswith("/v1/") else path
        if behaviour not in disabled:
            yield f"edge: {path} may be kept"
        allowed = [each["AllowedMethods"] for each in config["CacheBehaviors"] if each["PathPattern"] == behaviour]
        if allowed and method not in allowed[0]:
            yield f"edge: {method} {path} is refused"


def cors_names_its_origins(templates):
    for stack, template in templates.items():
        for name, resource in of_type(template, "AWS::CloudFront::ResponseHeadersPolicy").items():
            cors = resource["Properties"]["ResponseHeadersPolicyConfig"].get("CorsConfig", {})
            if "*" in str(cors.get("AccessControlAllowOrigins")):
                yield f"{stack}.{name}: any origin may call"
        for name, resource in of_type(template, "AWS::S3::Bucket").items():
            for rule in resource["Properties"].get("CorsConfiguration", {}).get("CorsRules", []):
                if "*" in str(rule["AllowedOrigins"]):
                    yield f"{stack}.{name}: any origin may put"


def pages_read_what_is_presigned(templates):
    """The console fetches files of snapshots and puts uploads at S3, which is another origin."""
    for stack, name in (("storage", "FeedBucket"), ("customer_bucket", "Bucket")):
        rules = templates[stack]["Resources"][name]["Properties"].get("CorsConfiguration", {}).get("CorsRules", [])
        if not any("GET" in rule["AllowedMethods"] for rule in rules):
            yield f"{stack}.{name}: no page may read what is presigned"


def logs_hold_no_credentials(templates):
    for name, delivery in of_type(templates["edge"], "AWS::Logs::Delivery").items():
        fields = delivery["Properties"].get("RecordFields")
        if not fields or SECRET_FIELDS & set(fields):
            yield f"edge.{name}: logs what may be a credential"
    (stage,) = of_type(templates["api"], "AWS::ApiGateway::Stage").values()
    for setting in stage["Properties"]["MethodSettings"]:
        if setting.get("DataTraceEnabled") is not False or setting.get("LoggingLevel") != "OFF":
            yield "api: logs whole requests"
        if not {"ThrottlingRateLimit", "ThrottlingBurstLimit"} <= setting.keys():
            yield "api: is not throttled"
    if any(
        word in stage["Properties"]["AccessLogSetting"]["Format"]
        for word in ("header", "querystring", '$context.path"', "authorizer.claims.email")
    ):
        yield "api: logs what may be a credential"


def keys_are_keys(templates):
    for stack, template in templates.items():
        for name, key in of_type(template, "AWS::CloudFront::PublicKey").items():
            from cryptography.hazmat.primitives.serialization import load_pem_public_key

            try:
                load_pem_public_key(key["Properties"]["PublicKeyConfig"]["EncodedKey"].encode())
            except (ValueError, TypeError):
                yield f"{stack}.{name}: is no public key"


def gateway_routes(template):
    """Each method of a REST API: verb, path, properties."""
    resources = template["Resources"]

    def path(name):
        properties = resources[name]["Properties"]
        parent = properties["ParentId"].get("Ref")
        return f"{path(parent) if parent else ''}/{properties['PathPart']}"

    for method in of_type(template, "AWS::ApiGateway::Method").values():
        properties = method["Properties"]
        yield properties["HttpMethod"], path(properties["ResourceId"]["Ref"]), properties


def delivery_is_streamed(templates):
    template = templates["api"]
    for verb, path, properties in gateway_routes(template):
        integration = properties["Integration"]
        if path == "/{customer}/{proxy+}":
            if integration.get("ResponseTransferMode") != "STREAM" or STREAMED not in str(integration["Uri"]):
                yield f"api: {verb} {path} is not streamed"
        elif integration["Type"] == "AWS_PROXY" and (
            integration.get("ResponseTransferMode") or "2015-03-31" not in str(integration["Uri"])
        ):
            yield f"api: {verb} {path} is not buffered"
    (api,) = of_type(template, "AWS::ApiGateway::RestApi").values()
    if (
        api["Properties"].get("BinaryMediaTypes") != ["*/*"]
        or api["Properties"].get("DisableExecuteApiEndpoint") is not True
    ):
        yield "api: images are taken for text, or it answers under AWS's own name"
    (deployment,) = of_type(template, "AWS::ApiGateway::Deployment").values()
    if set(deployment["DependsOn"]) != set(of_type(template, "AWS::ApiGateway::Method")):
        yield "api: the deployment does not wait for every method"
    for name, wall in of_type(template, "AWS::WAFv2::WebACL").items():
        if wall["Properties"]["DefaultAction"] != {"Block": {}}:
            yield f"api.{name}: lets in who comes past the edge"


def routes_have_authorizers(templates):
    """Without a token come those that access.rs lets come so, delivery, which looks itself, and OPTIONS."""
    free = {(method, path) for method, path, token in sources.access() if not token}
    for verb, path, properties in gateway_routes(templates["api"]):
        token = properties["AuthorizationType"] == "COGNITO_USER_POOLS" and "AuthorizerId" in properties
        known = (
            (verb, path) in free
            or path == "/{customer}/{proxy+}"
            or (verb == "OPTIONS" and properties["Integration"]["Type"] == "MOCK")
        )
        if not token and not known:
            yield f"api: {verb} {path} asks for no token"
    for stack, template in templates.items():
        for name, route in of_type(template, "AWS::ApiGatewayV2::Route").items():
            if route["Properties"].get("AuthorizationType", "NONE") == "NONE":
                yield f"{stack}.{name}: a route without an authorizer"


RULES = [
    origins_exist,
    policies_exist,
    edge_is_as_its_readme_says,
    api_paths_are_not_cached,
    cors_names_its_origins,
    pages_read_what_is_presigned,
    logs_hold_no_credentials,
    keys_are_keys,
    delivery_is_streamed,
    routes_have_authorizers,
]
