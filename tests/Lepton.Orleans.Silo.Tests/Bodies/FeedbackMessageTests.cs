using System.Globalization;
using System.Text;
using Confluent.Kafka;
using Lepton.Orleans.Silo.Streams;
using Lepton.Orleans.Streaming.Kafka;
using Microsoft.Extensions.Time.Testing;

namespace Lepton.Orleans.Silo.Tests.Bodies;

public sealed class FeedbackMessageTests
{
    private readonly FeedbackDataAdapter _adapter = new(new FakeTimeProvider(DateTimeOffset.Parse("2026-03-01T10:00:00Z", CultureInfo.InvariantCulture)));

    [Fact]
    public void One_feedback_is_of_the_user_that_the_key_names()
    {
        var message = Assert.Single(Read("anna", """{"FeedbackType":"like","ItemId":"tea","Value":2}"""));
        Assert.Equal((3, 41L), (message.Partition, message.Offset));
        Assert.Equal(("like", "anna", "tea", 2d), Assert.Single(message.Rows) is var row ? (row.FeedbackType, row.UserId, row.ItemId, row.Value) : default);
    }

    [Fact]
    public void An_array_is_as_many_rows() =>
        Assert.Equal(["tea", "cup"], Assert.Single(Read("anna", """ [{"FeedbackType":"like","ItemId":"tea","UserId":"anna"},{"FeedbackType":"like","ItemId":"cup"}]""")).Rows.Select(r => r.ItemId));

    [Fact]
    public void Without_a_key_each_row_names_its_user() =>
        Assert.Equal(["a", "b"], Assert.Single(Read(null, """[{"FeedbackType":"like","ItemId":"i","UserId":"a"},{"FeedbackType":"like","ItemId":"i","UserId":"b"}]""")).Rows.Select(r => r.UserId));

    [Fact]
    public void A_message_without_value_erases_the_user() => Assert.Equal("anna", Assert.Single(Read("anna", null)).Erased);

    [Theory]
    [InlineData("anna", "{", "well-formed JSON")]
    [InlineData("anna", "", "empty")]
    [InlineData("anna", "7", "array")]
    [InlineData("anna", """{"FeedbackType":"like"}""", "ItemId")]
    [InlineData("anna", """{"FeedbackType":"like","ItemId":"a/b"}""", "ItemId")]
    [InlineData("anna", """{"FeedbackType":"like","ItemId":"i","UserId":"bob"}""", "'bob'")]
    [InlineData(null, """{"FeedbackType":"like","ItemId":"i"}""", "UserId")]
    [InlineData("a/b", """{"FeedbackType":"like","ItemId":"i"}""", "key")]
    [InlineData(null, null, "no key")]
    public void What_is_none_is_named(string? key, string? value, string named) =>
        Assert.Contains(named, Assert.Throws<UnreadableMessageException>(() => Read(key, value)).Message, StringComparison.Ordinal);

    [Fact]
    public void An_unknown_schema_is_named()
    {
        var message = Message("anna", "{}");
        message.Message.Headers.Add(FeedbackDataAdapter.SchemaHeader, "2"u8.ToArray());
        Assert.Contains("'2'", Assert.Throws<UnreadableMessageException>(() => _adapter.FromMessage(message)).Message, StringComparison.Ordinal);
    }

    private List<FeedbackMessage> Read(string? key, string? value) => [.. _adapter.FromMessage(Message(key, value)).GetEvents<FeedbackMessages>().SelectMany(e => e.Item1.Messages)];

    private static ConsumeResult<byte[]?, byte[]?> Message(string? key, string? value) => new()
    {
        TopicPartitionOffset = new TopicPartitionOffset(FeedbackDataAdapter.Topic, 3, 41),
        Message = new Message<byte[]?, byte[]?>
        {
            Key = key is null ? null : Encoding.UTF8.GetBytes(key), Value = value is null ? null : Encoding.UTF8.GetBytes(value), Headers = [],
        },
    };
}
