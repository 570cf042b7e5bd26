using System.Buffers;
using System.Text;
using System.Text.Json;
using Lepton.Orleans.Cli.Formats;
using Lepton.Orleans.Cli.Records;

namespace Lepton.Orleans.Cli.Tests.Formats;

public sealed class FormatTests
{
    [Fact]
    public void Columns_are_found_by_any_spelling_of_their_field()
    {
        var format = Csv(new CsvOptions { FeedbackType = "like" }, "user_id,Item ID,TIMESTAMP,value,notes");

        Assert.Equal(
            """{"FeedbackType":"like","UserId":"ann","ItemId":"i 1","Value":2.5,"Timestamp":"2024-05-01T00:00:00Z"}""",
            Read(format, "ann,i 1,2024-05-01,2.5,whatever"));
    }

    [Fact]
    public void A_mapping_names_columns_and_makes_labels_of_them()
    {
        var map = new Dictionary<string, string> { ["itemid"] = "sku", ["Comment"] = "Name", ["Categories"] = "tags", ["Labels.year"] = "year", ["Labels.zip"] = "zip", ["Labels.empty"] = "empty" };
        var format = Csv(new CsvOptions { Map = map, ListSeparator = ";" }, "sku,Name,tags,year,zip,empty");

        Assert.Equal(
            """{"ItemId":"7","Categories":["a","b"],"Labels":{"year":1999,"zip":"01234"},"Comment":"Lamp, \"green\""}""",
            Read(format, "7,\"Lamp, \"\"green\"\"\",a; b,1999,01234,"));
    }

    [Fact]
    public void Without_a_header_columns_are_numbers()
    {
        var format = new CsvFormat(new CsvOptions { HasHeader = false, Separator = '\t', Kind = RowKind.User, Map = new Dictionary<string, string> { ["UserId"] = "2", ["Comment"] = "1" } });

        Assert.Equal("""{"UserId":"u1","Comment":"Ann"}""", Read(format, "Ann\tu1"));
    }

    [Theory]
    [InlineData("name,age", "UserId or ItemId has no column among name, age; name one with --map UserId=<column>")]
    [InlineData("UserId,ItemId", "FeedbackType has no column; name one with --map FeedbackType=<column>, or give all rows a type with --type")]
    public void A_header_that_lacks_a_column_says_which_and_what_to_do(string header, string message) =>
        Assert.Equal(message, Assert.Throws<BadFieldException>(() => Csv(new CsvOptions(), header)).Message);

    [Fact]
    public void A_mapping_to_a_column_that_is_not_there_lists_those_that_are() => Assert.Equal(
        "--map names the column 'who'; the header has user, item",
        Assert.Throws<BadFieldException>(() => Csv(new CsvOptions { Map = new Dictionary<string, string> { ["UserId"] = "who" } }, "user,item")).Message);

    [Theory]
    [InlineData("1,Toy Story (1995),Adventure|Children", """{"ItemId":"1","Categories":["Adventure","Children"],"Timestamp":"1995-01-01T00:00:00Z","Labels":{"year":1995},"Comment":"Toy Story (1995)"}""")]
    [InlineData("9,\"Cry, the Beloved Country\",(no genres listed)", """{"ItemId":"9","Categories":[],"Comment":"Cry, the Beloved Country"}""")]
    public void Movies_have_a_title_genres_and_a_year(string line, string expected) => Assert.Equal(expected, Read(new MovieLensFormat(MovieLensTable.Movies, colons: false, raw: false), line));

    [Theory]
    [InlineData("4.0", false, "like")]
    [InlineData("3.5", false, "read")]
    [InlineData("2.5", false, "read")]
    [InlineData("2.0", false, "dislike")]
    [InlineData("4.0", true, "rating")]
    public void Ratings_become_likes_reads_and_dislikes_unless_raw(string rating, bool raw, string type)
    {
        var row = JsonDocument.Parse(Read(new MovieLensFormat(MovieLensTable.Ratings, colons: false, raw), $"1,31,{rating},964982703")).RootElement;

        Assert.Equal(type, row.GetProperty("FeedbackType").GetString());
        Assert.Equal(double.Parse(rating, System.Globalization.CultureInfo.InvariantCulture), row.GetProperty("Value").GetDouble());
        Assert.Equal("2000-07-30T18:45:03Z", row.GetProperty("Timestamp").GetString());
    }

    [Fact]
    public void The_layout_of_ml_1m_is_separated_by_colons_in_Latin_1()
    {
        var movies = new MovieLensFormat(MovieLensTable.Movies, colons: true, raw: false);
        var movie = movies.Read(Encoding.Latin1.GetBytes("73::Misérables, Les (1995)::Drama|Musical"));

        Assert.Contains("Misérables, Les (1995)", Json(movie), StringComparison.Ordinal);
        Assert.Equal(
            """{"UserId":"2","Labels":{"gender":"M","age":"56","occupation":"16","zip":"70072"}}""",
            Read(new MovieLensFormat(MovieLensTable.Users, colons: true, raw: false), "2::M::56::16::70072"));
        Assert.Contains("\"dislike\"", Read(new MovieLensFormat(MovieLensTable.Ratings, colons: true, raw: false), "1::1193::2::978300760"), StringComparison.Ordinal);
    }

    [Fact]
    public void A_MovieLens_row_with_too_few_fields_is_refused() => Assert.Equal(
        "must have 4 fields, not 3",
        Assert.Throws<BadFieldException>(() => Read(new MovieLensFormat(MovieLensTable.Ratings, colons: false, raw: false), "1,2,3")).Rule);

    [Theory]
    [InlineData("""{"ItemId":"a","Labels":{"x":[1, 2]},"Updated":"2024"}""", """{"ItemId":"a","Categories":[],"Labels":{"x":[1, 2]}}""")]
    [InlineData("""{"UserId":"u","Comment":null,"Labels":null}""", """{"UserId":"u"}""")]
    [InlineData("""{"feedbacktype":"like","UserId":"u","ItemId":"i","Timestamp":964982703}""", """{"FeedbackType":"like","UserId":"u","ItemId":"i","Value":0,"Timestamp":"2000-07-30T18:45:03Z"}""")]
    [InlineData("""{"Kind":"Item","ItemId":"a","IsHidden":true,"Categories":["x"],"Timestamp":"0001-01-01T00:00:00Z"}""", """{"ItemId":"a","IsHidden":true,"Categories":["x"]}""")]
    public void A_JSON_line_is_what_its_kind_or_its_fields_say(string line, string expected) => Assert.Equal(expected, Read(new JsonLinesFormat(), line));

    [Theory]
    [InlineData("""{"ItemId":"a","Titel":"b"}""", "Titel", "is not a field; the fields are Kind, FeedbackType, UserId, ItemId, Value, Timestamp, IsHidden, Categories, Labels, Comment")]
    [InlineData("""{"ItemId":"a","\ud800":"b"}""", """\ud800""", "is not a field; the fields are Kind, FeedbackType, UserId, ItemId, Value, Timestamp, IsHidden, Categories, Labels, Comment")]
    [InlineData("""[{"ItemId":"a"}]""", "", "must be a JSON object, one on each line")]
    [InlineData("""{"ItemId":"a"} x""", "", "must be well-formed JSON; it is not at byte 16")]
    [InlineData("""{"UserId":"u","ItemId":"a"}""", "FeedbackType", "is missing")]
    [InlineData("""{"Comment":"u"}""", "", "has neither an ItemId nor a UserId")]
    [InlineData("""{"Kind":"Film","ItemId":"a"}""", "Kind", "must be Item, User or Feedback")]
    [InlineData("""{"ItemId":7}""", "ItemId", "must be a string")]
    public void A_JSON_line_that_is_wrong_names_field_and_rule(string line, string field, string rule)
    {
        var error = Assert.Throws<BadFieldException>(() => Read(new JsonLinesFormat(), line));

        Assert.Equal((field, rule), (error.Field, error.Rule));
    }

    [Theory]
    [InlineData("""{"ItemId":"a/b"}""", "ItemId", "must not contain '/'")]
    [InlineData("""{"ItemId":"a","Categories":[""]}""", "Categories", "must not be empty")]
    [InlineData("""{"FeedbackType":"like","UserId":"","ItemId":"i"}""", "UserId", "must not be empty")]
    [InlineData("""{"FeedbackType":"like","UserId":"u","ItemId":"i","Timestamp":"1950-01-01"}""", "Timestamp", "must be between 1970-01-01 and 366 days from now")]
    public void The_rules_of_the_service_are_checked_before_anything_is_sent(string line, string field, string rule)
    {
        var row = new JsonLinesFormat().Read(Encoding.UTF8.GetBytes(line));

        var error = Assert.Throws<BadFieldException>(() => row.Check(new DateTime(2026, 1, 1, 0, 0, 0, DateTimeKind.Utc)));

        Assert.Equal((field, rule), (error.Field, error.Rule));
    }

    private static CsvFormat Csv(CsvOptions options, string header)
    {
        var format = new CsvFormat(options);
        format.ReadHeader(Encoding.UTF8.GetBytes(header));
        return format;
    }

    private static string Read(IRowFormat format, string line) => Json(format.Read(Encoding.UTF8.GetBytes(line)));

    private static string Json(Row row)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var json = new Utf8JsonWriter(buffer, new JsonWriterOptions { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            row.Write(json);
        }

        return Encoding.UTF8.GetString(buffer.WrittenSpan);
    }
}
