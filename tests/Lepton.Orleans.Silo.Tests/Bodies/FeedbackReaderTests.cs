using System.Text;
using Lepton.Orleans.Silo.Apis.Bodies;
using Lepton.Orleans.Silo.Apis.Problems;

namespace Lepton.Orleans.Silo.Tests.Bodies;

public sealed class FeedbackReaderTests
{
    private static readonly DateTime Now = new(2026, 6, 1, 12, 0, 0, DateTimeKind.Utc);

    [Fact]
    public void A_complete_row_keeps_every_field()
    {
        var row = Assert.Single(Read(
            """[{"FeedbackType":"rating","UserId":"ålice","ItemId":"a b","Value":4.5,"Timestamp":"2024-02-29T10:00:00.1239+02:00","Comment":"☕"}]"""));

        Assert.Equal("rating", row.FeedbackType);
        Assert.Equal("ålice", row.UserId);
        Assert.Equal("a b", row.ItemId);
        Assert.Equal(4.5, row.Value);
        Assert.Equal(new DateTime(2024, 2, 29, 8, 0, 0, 123, DateTimeKind.Utc), row.Timestamp);
        Assert.Equal(DateTimeKind.Utc, row.Timestamp!.Value.Kind);
        Assert.Equal("☕", row.Comment);
    }

    [Fact]
    public void Absent_fields_and_nulls_take_their_defaults()
    {
        var rows = Read("""
            [ {"FeedbackType":"like","UserId":"u","ItemId":"i"},
              {"FeedbackType":"like","UserId":"u","ItemId":"i","Value":null,"Timestamp":null,"Comment":null},
              {"FeedbackType":"like","UserId":"u","ItemId":"i","Timestamp":""},
              {"FeedbackType":"like","UserId":"u","ItemId":"i","Timestamp":"0001-01-01T00:00:00Z"} ]
            """);

        Assert.Equal(4, rows.Count);
        Assert.All(rows, row =>
        {
            Assert.Null(row.Timestamp);
            Assert.Equal(0, row.Value);
            Assert.Equal("", row.Comment);
        });
    }

    [Fact]
    public void Unknown_fields_are_ignored_however_deep_they_are()
    {
        var row = Assert.Single(Read(
            """[{"x":{"UserId":"no","y":[1,{"z":null}]},"FeedbackType":"like","UserId":"u","ItemId":"i","Updated":"2024-01-01"}]"""));

        Assert.Equal("u", row.UserId);
    }

    [Fact]
    public void The_last_of_duplicate_names_wins()
    {
        var row = Assert.Single(Read("""[{"FeedbackType":"a","FeedbackType":"b","UserId":"","UserId":"u","ItemId":"i","Value":1,"Value":2}]"""));

        Assert.Equal(("b", "u", 2.0), (row.FeedbackType, row.UserId, row.Value));
    }

    [Fact]
    public void Names_are_read_in_any_case_and_with_escapes()
    {
        var row = Assert.Single(Read("""[{"feedbacktype":"like","USERID":"u","Item\u0049d":"i"}]"""));

        Assert.Equal(("like", "u", "i"), (row.FeedbackType, row.UserId, row.ItemId));
    }

    [Fact]
    public void Rows_of_one_user_share_the_strings_of_user_and_type()
    {
        var rows = Read("""[{"FeedbackType":"like","UserId":"u","ItemId":"i"},{"FeedbackType":"like","UserId":"u","ItemId":"j"}]""");

        Assert.Same(rows[0].UserId, rows[1].UserId);
        Assert.Same(rows[0].FeedbackType, rows[1].FeedbackType);
    }

    [Fact]
    public void An_empty_array_is_an_empty_batch() => Assert.Empty(Read(" [] "));

    [Fact]
    public void A_session_may_leave_out_the_user()
    {
        var row = Assert.Single(FeedbackReader.Read("""[{"FeedbackType":"like","ItemId":"i","UserId":""}]"""u8, Now, isSession: true));

        Assert.Equal(FeedbackReader.SessionUser, row.UserId);
    }

    [Theory]
    [InlineData("", "$", "must not be empty")]
    [InlineData(" \r\n\t", "$", "must not be empty")]
    [InlineData("{}", "$", "must be a JSON array of objects")]
    [InlineData("null", "$", "must be a JSON array of objects")]
    [InlineData("[1]", "[0]", "must be a JSON object")]
    [InlineData("[null]", "[0]", "must be a JSON object")]
    [InlineData("[{}]", "[0].FeedbackType", "must not be empty")]
    [InlineData("""[{"FeedbackType":"t","UserId":"u","ItemId":"i"},{"FeedbackType":"t","UserId":"","ItemId":"i"}]""", "[1].UserId", "must not be empty")]
    [InlineData("""[{"FeedbackType":"t","UserId":7,"ItemId":"i"}]""", "[0].UserId", "must be a string")]
    [InlineData("""[{"FeedbackType":"t","UserId":"u","ItemId":["i"]}]""", "[0].ItemId", "must be a string")]
    [InlineData("""[{"FeedbackType":"t","UserId":"a/b","ItemId":"i"}]""", "[0].UserId", "must not contain '/'")]
    [InlineData("""[{"FeedbackType":"t","UserId":"u\u0000","ItemId":"i"}]""", "[0].UserId", "must not contain control characters")]
    [InlineData("""[{"FeedbackType":"t\n","UserId":"u","ItemId":"i"}]""", "[0].FeedbackType", "must not contain control characters")]
    [InlineData("""[{"FeedbackType":"t","UserId":"\ud800","ItemId":"i"}]""", "[0].UserId", "must be valid Unicode")]
    [InlineData("""[{"FeedbackType":"t","UserId":"u","ItemId":"i","Value":"1"}]""", "[0].Value", "must be a number")]
    [InlineData("""[{"FeedbackType":"t","UserId":"u","ItemId":"i","Value":1e400}]""", "[0].Value", "must be a finite number of at most 3.4e38")]
    [InlineData("""[{"FeedbackType":"t","UserId":"u","ItemId":"i","Comment":5}]""", "[0].Comment", "must be a string")]
    [InlineData("""[{"FeedbackType":"t","UserId":"u","ItemId":"i","Comment":"\u0000"}]""", "[0].Comment", "must not contain the character NUL")]
    public void A_bad_row_names_its_index_its_field_and_the_rule(string json, string field, string rule)
    {
        var exception = Assert.Throws<InvalidRequestException>(() => Read(json));

        Assert.Equal((field, rule), (exception.Field, exception.Rule));
    }

    [Theory]
    [InlineData("\"2030-01-01\"", "must be between 1970-01-01 and 366 days from now")]
    [InlineData("\"1969-12-31T23:59:59Z\"", "must be between 1970-01-01 and 366 days from now")]
    [InlineData("\"2024-02-30\"", "must be an ISO 8601 date")]
    [InlineData("\"yesterday\"", "must be an ISO 8601 date")]
    [InlineData("1700000000", "must be an ISO 8601 date")]
    public void A_bad_timestamp_says_what_is_wrong_with_it(string timestamp, string rule)
    {
        var exception = Assert.Throws<InvalidRequestException>(
            () => Read($$"""[{"FeedbackType":"t","UserId":"u","ItemId":"i","Timestamp":{{timestamp}}}]"""));

        Assert.Equal("[0].Timestamp", exception.Field);
        Assert.StartsWith(rule, exception.Rule);
    }

    [Fact]
    public void An_id_may_have_256_bytes_but_not_257()
    {
        _ = Assert.Single(Read(WithUser(new string('x', 256))));
        _ = Assert.Single(Read(WithUser(new string('é', 128))));

        foreach (var id in new[] { new string('x', 257), new string('é', 129), new string('x', 1_000_000) })
        {
            var exception = Assert.Throws<InvalidRequestException>(() => Read(WithUser(id)));
            Assert.Equal(("[0].UserId", "must not be longer than 256 UTF-8 bytes"), (exception.Field, exception.Rule));
        }
    }

    [Fact]
    public void A_comment_may_have_4096_characters_but_not_4097()
    {
        _ = Assert.Single(Read(WithComment(new string('x', 4096))));

        var exception = Assert.Throws<InvalidRequestException>(() => Read(WithComment(new string('x', 4097))));
        Assert.Equal(("[0].Comment", "must not be longer than 4096 characters"), (exception.Field, exception.Rule));
    }

    [Theory]
    [InlineData("[{]", "line 1, byte 3")]
    [InlineData("[\n  {\"UserId\": \"u\",}\n]", "line 2, byte 18")]
    [InlineData("[] x", "line 1, byte 4")]
    [InlineData("[", "line 1, byte 2")]
    public void Malformed_json_is_placed_by_line_and_byte(string json, string place)
    {
        var exception = Assert.Throws<InvalidRequestException>(() => Read(json));

        Assert.Equal("$", exception.Field);
        Assert.EndsWith(place, exception.Rule);
    }

    [Fact]
    public void Bytes_that_are_not_utf8_are_refused()
    {
        byte[] json = [.. "[{\"FeedbackType\":\"t\",\"ItemId\":\"i\",\"UserId\":\""u8, 0xFF, 0xFE, .. "\"}]"u8];

        var exception = Assert.Throws<InvalidRequestException>(() => FeedbackReader.Read(json, Now));

        Assert.Equal(("[0].UserId", "must be valid Unicode"), (exception.Field, exception.Rule));
    }

    private static string WithUser(string id) => $$"""[{"FeedbackType":"t","UserId":"{{id}}","ItemId":"i"}]""";

    private static string WithComment(string comment) => $$"""[{"FeedbackType":"t","UserId":"u","ItemId":"i","Comment":"{{comment}}"}]""";

    private static List<Feedback> Read(string json) => FeedbackReader.Read(Encoding.UTF8.GetBytes(json), Now);
}
