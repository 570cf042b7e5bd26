using System.Text;
using Lepton.Orleans.Silo.Apis.Bodies;
using Lepton.Orleans.Silo.Apis.Problems;

namespace Lepton.Orleans.Silo.Tests.Bodies;

public sealed class ItemReaderTests
{
    private static readonly DateTime Now = new(2026, 6, 1, 12, 0, 0, DateTimeKind.Utc);

    [Fact]
    public void A_complete_item_keeps_every_field_and_each_category_once()
    {
        var item = ReadOne("""
            {"ItemId":"i","IsHidden":true,"Categories":["b","a","b"],"Timestamp":"1931-03-09","Labels":{ "a" : [1.0, "x y" ] },"Comment":"M"}
            """);

        Assert.Equal("i", item.ItemId);
        Assert.True(item.IsHidden);
        Assert.Equal(["b", "a"], item.Categories);
        Assert.Equal(new DateTime(1931, 3, 9, 0, 0, 0, DateTimeKind.Utc), item.Timestamp);
        Assert.Equal("""{"a":[1.0,"x y"]}""", item.LabelsJson);
        Assert.Equal("M", item.Comment);
    }

    [Fact]
    public void An_item_needs_nothing_but_an_id()
    {
        var item = ReadOne("""{"ItemId":"i","Categories":null,"Timestamp":"","Labels":null}""");

        Assert.Empty(item.Categories);
        Assert.Equal(default, item.Timestamp);
        Assert.Null(item.LabelsJson);
    }

    [Fact]
    public void A_patch_tells_what_is_absent_or_null_from_what_is_empty()
    {
        var untouched = ItemReader.ReadPatch("""{"IsHidden":null,"Categories":null,"Timestamp":null,"Labels":null,"Comment":null}"""u8, Now);
        var emptied = ItemReader.ReadPatch("""{"IsHidden":false,"Categories":[],"Labels":[],"Comment":""}"""u8, Now);

        Assert.Equal(new ItemPatch(), untouched);
        Assert.False(emptied.IsHidden);
        Assert.Empty(emptied.Categories!);
        Assert.Equal("[]", emptied.LabelsJson);
        Assert.Equal("", emptied.Comment);
    }

    [Theory]
    [InlineData("[]", "$", "must be a JSON object")]
    [InlineData("{}", "ItemId", "must not be empty")]
    [InlineData("""{"ItemId":12}""", "ItemId", "must be a string")]
    [InlineData("""{"ItemId":"i","IsHidden":"true"}""", "IsHidden", "must be true or false")]
    [InlineData("""{"ItemId":"i","Categories":"a"}""", "Categories", "must be an array of strings")]
    [InlineData("""{"ItemId":"i","Categories":["a",1]}""", "Categories[1]", "must be a string")]
    [InlineData("""{"ItemId":"i","Categories":["a","b/c"]}""", "Categories[1]", "must not contain '/'")]
    [InlineData("""{"ItemId":"i","Categories":[null]}""", "Categories[0]", "must not be empty")]
    [InlineData("""{"ItemId":"i","Timestamp":"2099-01-01"}""", "Timestamp", "must be at most 366 days from now")]
    [InlineData("""{"ItemId":"i","Labels":{"x":"\udc00"}}""", "Labels", "must be valid Unicode")]
    [InlineData("""{"ItemId":"i","Labels":"\ud83d"}""", "Labels", "must be valid Unicode")]
    [InlineData("""{"ItemId":"i","Labels":["\ud83dx"]}""", "Labels", "must be valid Unicode")]
    [InlineData("""{"ItemId":"i","Labels":["a\u0000"]}""", "Labels", "must not contain the character NUL")]
    public void A_bad_field_is_named_with_its_rule(string json, string field, string rule)
    {
        var exception = Assert.Throws<InvalidRequestException>(() => ReadOne(json));

        Assert.Equal((field, rule), (exception.Field, exception.Rule));
    }

    [Theory]
    [InlineData("""{"a" : "b\" , c" , "d":[ 1 , 2.50e+3 ],"e":"\\"}""", """{"a":"b\" , c","d":[1,2.50e+3],"e":"\\"}""")]
    [InlineData(""" "text \u00e9 \ud83d\ude00" """, "\"text \\u00e9 \\ud83d\\ude00\"")]
    [InlineData("12.0", "12.0")]
    [InlineData("[true, false, null]", "[true,false,null]")]
    [InlineData("""{"x":1,"x":2}""", """{"x":1,"x":2}""")]
    public void Labels_are_kept_as_they_were_sent_but_for_white_space(string labels, string kept) =>
        Assert.Equal(kept, ReadOne($$"""{"ItemId":"i","Labels":{{labels}}}""").LabelsJson);

    [Fact]
    public void Labels_may_have_64_KiB_but_no_more()
    {
        string Labels(int bytes) => $"\"{new string('x', bytes - 2)}\"";
        Assert.Equal(65536, ReadOne($$"""{"ItemId":"i","Labels":{{Labels(65536)}}}""").LabelsJson!.Length);

        var exception = Assert.Throws<InvalidRequestException>(() => ReadOne($$"""{"ItemId":"i","Labels":{{Labels(65537)}}}"""));
        Assert.Equal(("Labels", "must not be longer than 65536 bytes of compact JSON"), (exception.Field, exception.Rule));
    }

    [Fact]
    public void An_item_may_have_100_categories_but_no_more()
    {
        string Categories(int count) => string.Join(',', Enumerable.Range(0, count).Select(i => $"\"c{i}\""));
        Assert.Equal(100, ReadOne($$"""{"ItemId":"i","Categories":[{{Categories(100)}}]}""").Categories.Count);

        var exception = Assert.Throws<InvalidRequestException>(() => ReadOne($$"""{"ItemId":"i","Categories":[{{Categories(101)}}]}"""));
        Assert.Equal(("Categories", "must not have more than 100 entries"), (exception.Field, exception.Rule));
    }

    [Fact]
    public void The_second_of_two_items_is_named_by_its_index()
    {
        var exception = Assert.Throws<InvalidRequestException>(() => ItemReader.ReadMany("""[{"ItemId":"i"},{"IsHidden":1}]"""u8, Now));

        Assert.Equal("[1].IsHidden", exception.Field);
    }

    private static Item ReadOne(string json) => ItemReader.ReadOne(Encoding.UTF8.GetBytes(json), Now);
}
