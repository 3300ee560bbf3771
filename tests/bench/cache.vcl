# A plain cache: keeps what it was given, looks at no cookie, asks nobody twice.
vcl 4.1;

backend default {
    .host = "127.0.0.1";
    .port = "PORT";
}

sub vcl_recv {
    return (hash);
}

sub vcl_backend_response {
    set beresp.ttl = 1h;
    return (deliver);
}
