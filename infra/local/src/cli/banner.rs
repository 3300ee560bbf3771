//! What `darkroom up` prints when it is ready: where it is, and lines that work when pasted.

use crate::{demo, stack::Stack};

pub(super) fn of(stack: &Stack) -> String {
    let url = &stack.connection.public_url;
    let data = stack.data.display();
    let Some(password_file) = &stack.demo.password_file else {
        return format!("Darkroom is ready at {url}\n\n{}", tools(&data));
    };
    let password_file = password_file.display();
    let user = demo::USER;
    format!(
        r#"Darkroom is ready at {url}

  console   {url}/console/
  user      {user}
  password  in {password_file}

Sign in (the token lives an hour):

  URL={url}
  TOKEN=$(curl -sS $URL/v1/session -c cookies.txt -H 'content-type: application/json' \
    -d '{{"username": "{user}", "password": "'"$(cat {password_file})"'"}}' \
    | sed 's/.*"id_token":"\([^"]*\)".*/\1/')

Upload a photograph of up to 4.5 MB, and look at it 400 pixels wide; the second time the edge has it:

  PHOTO=fixtures/images/seeding-2mb.jpg
  IMAGE=$(curl -sS "$URL/v1/images?label=flower&consent=training" \
    -H "authorization: Bearer $TOKEN" --data-binary @$PHOTO \
    | tee /dev/stderr | sed 's/.*"id":"\([^"]*\)".*/\1/')
  curl -sS -b cookies.txt -D - -o photo.webp "$URL/demo/$IMAGE?w=400&fm=webp"
  curl -sS -b cookies.txt -D - -o photo.webp "$URL/demo/$IMAGE?w=400&fm=webp"

A larger one goes in two steps, a ticket and then the bytes:

  TICKET=$(curl -sS $URL/v1/uploads -H "authorization: Bearer $TOKEN" \
    -H 'content-type: application/json' \
    -d '{{"type": "image/jpeg", "bytes": '$(stat -c %s $PHOTO)', "consent": "training"}}')
  curl -sS -T $PHOTO -H 'content-type: image/jpeg' \
    "$(printf %s "$TICKET" | sed 's/.*"url":"\([^"]*\)".*/\1/')"
  curl -sS -H "authorization: Bearer $TOKEN" \
    $URL/v1/uploads/$(printf %s "$TICKET" | sed 's/.*"id":"\([^"]*\)".*/\1/')

{}"#,
        tools(&data)
    )
}

fn tools(data: &std::path::Display<'_>) -> String {
    format!(
        "Point the AWS CLI, boto3, DuckDB or a Kafka client here:\n\n  \
         eval \"$(target/release/darkroom env --data {data})\"\n"
    )
}
