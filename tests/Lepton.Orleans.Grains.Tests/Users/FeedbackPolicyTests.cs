using System.Globalization;
using Lepton.Orleans.Grains.Hosting;
using Lepton.Orleans.Grains.Users;

namespace Lepton.Orleans.Grains.Tests.Users;

public sealed class FeedbackPolicyTests
{
    [Theory]
    [InlineData("like", "Positive")]
    [InlineData("purchase", "Positive")]
    [InlineData("dislike", "Negative")]
    [InlineData("skip", "Negative")]
    [InlineData("hide", "Negative")]
    [InlineData("read", "Read")]
    [InlineData("view", "Read")]
    [InlineData("impression", "Read")]
    public void By_default_every_type_that_is_neither_negative_nor_read_is_positive(string type, string kind) =>
        Assert.Equal(kind, new FeedbackOptions().ToPolicy().KindOf(FeedbackTypes.NumberOf(type), 0).ToString());

    [Theory]
    [InlineData("rating>=4", 4, "Positive")]
    [InlineData("rating>=4", 3.9, "Read")]
    [InlineData("rating>4", 4, "Read")]
    [InlineData("rating>4", 4.1, "Positive")]
    [InlineData("rating<2", 1.9, "Positive")]
    [InlineData("rating<2", 2, "Read")]
    [InlineData("rating<=2", 2, "Positive")]
    [InlineData("rating=3", 3, "Positive")]
    [InlineData("rating==3", 3.5, "Read")]
    [InlineData(" rating >= 4e0 ", 4, "Positive")]
    [InlineData("rating>=-1.5", -1, "Positive")]
    public void An_expression_compares_the_value(string expression, double value, string kind) =>
        Assert.Equal(kind, new FeedbackPolicy([expression], [], []).KindOf(FeedbackTypes.NumberOf("rating"), value).ToString());

    [Fact]
    public void A_value_that_was_kept_is_what_it_was_said_to_be()
    {
        var rating = FeedbackTypes.NumberOf("rating");
        string[] atBound = [">=", "<=", "="], beyond = [">", "<"];
        foreach (var tenths in Enumerable.Range(1, 50))
        {
            var value = tenths / 10d;
            foreach (var said in new[] { value, (float)value })
            {
                Assert.All(atBound, op => Assert.Equal(FeedbackPolicy.Kind.Positive, new FeedbackPolicy([Expression(op)], [], []).KindOf(rating, said)));
                Assert.All(beyond, op => Assert.Equal(FeedbackPolicy.Kind.Read, new FeedbackPolicy([Expression(op)], [], []).KindOf(rating, said)));
            }

            string Expression(string op) => string.Create(CultureInfo.InvariantCulture, $"rating{op}{value}");
        }
    }

    [Fact]
    public void One_type_may_be_positive_and_negative_by_value()
    {
        var policy = new FeedbackPolicy(["rating>=4"], ["rating<=2"], []);
        var rating = FeedbackTypes.NumberOf("rating");
        Assert.Equal(FeedbackPolicy.Kind.Negative, policy.KindOf(rating, 1));
        Assert.Equal(FeedbackPolicy.Kind.Read, policy.KindOf(rating, 3));
        Assert.Equal(FeedbackPolicy.Kind.Positive, policy.KindOf(rating, 5));
        Assert.Equal(FeedbackPolicy.Kind.Negative, policy.KindOf(rating, 2));
    }

    [Fact]
    public void Where_positive_types_are_named_no_other_type_is_positive() =>
        Assert.Equal(FeedbackPolicy.Kind.Read, new FeedbackPolicy(["like"], [], []).KindOf(FeedbackTypes.NumberOf("purchase"), 1));

    [Theory]
    [InlineData(true, "rating>=4", "dislike", "view")]
    [InlineData(true, "like", "rating<=2", "view")]
    [InlineData(true, "like", "dislike", "watch<30")]
    [InlineData(false, "like", "dislike", "view")]
    public void It_depends_on_values_when_any_expression_does(bool depends, string positive, string negative, string read) =>
        Assert.Equal(depends, new FeedbackPolicy([positive], [negative], [read]).DependsOnValue);

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData(">=4")]
    [InlineData("rating>=")]
    [InlineData("rating>=four")]
    [InlineData("rating>=NaN")]
    [InlineData("rating>=1e999")]
    [InlineData("rating>=1e39")]
    [InlineData("rating=>4")]
    [InlineData("rating<>4")]
    [InlineData("a/b")]
    public void What_is_no_expression_is_refused_and_quoted(string expression)
    {
        var exception = Assert.Throws<FormatException>(() => new FeedbackPolicy([expression], [], []));
        Assert.StartsWith($"'{expression}'", exception.Message, StringComparison.Ordinal);
        var options = new FeedbackOptions();
        options.ReadTypes.Add(expression);
        Assert.Contains(FeedbackOptions.Section, new FeedbackOptionsValidator().Validate(null, options).FailureMessage, StringComparison.Ordinal);
    }
}
