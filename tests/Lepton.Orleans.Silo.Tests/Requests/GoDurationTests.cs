using FsCheck;
using FsCheck.Fluent;
using Lepton.Orleans.Silo.Apis.Requests;

namespace Lepton.Orleans.Silo.Tests.Requests;

public sealed class GoDurationTests
{
    [Theory]
    [InlineData("0", 0)]
    [InlineData("90", 90)]
    [InlineData("1.5", 1.5)]
    [InlineData("10m", 600)]
    [InlineData("1h30m", 5400)]
    [InlineData("+1h0m0.5s", 3600.5)]
    [InlineData("250ms", .25)]
    [InlineData("1500us", .0015)]
    [InlineData(".5h", 1800)]
    [InlineData("8784h", 366 * 86400)]
    public void Durations_of_go_and_plain_seconds_are_read(string text, double seconds)
    {
        Assert.True(GoDuration.TryParse(text, out var duration));

        Assert.Equal(seconds, duration.TotalSeconds, 6);
    }

    [Theory]
    [InlineData("")]
    [InlineData("+")]
    [InlineData("-10m")]
    [InlineData("10 m")]
    [InlineData("10x")]
    [InlineData("m")]
    [InlineData("1h30")]
    [InlineData("1..5s")]
    [InlineData("1e3")]
    [InlineData("NaN")]
    [InlineData("8785h")]
    [InlineData("99999999999999999999999999h")]
    public void Anything_else_is_not(string text) => Assert.False(GoDuration.TryParse(text, out _));

    [Fact]
    public void Random_text_is_never_more_than_refused() =>
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(2000), Prop.ForAll(
            Gen.Elements("0123456789.hmsun+-µ ".ToCharArray()).ArrayOf().ToArbitrary(),
            text => !GoDuration.TryParse(text, out var duration) || (duration >= TimeSpan.Zero && duration <= FeedbackRules.MaxAhead)));
}
