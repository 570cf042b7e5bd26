using System.Globalization;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using Lepton.Orleans.Silo.Apis.Requests;

namespace Lepton.Orleans.Silo.Tests.Requests;

public sealed class IsoTimestampTests
{
    [Theory]
    [InlineData("2024-02-29", "2024-02-29T00:00:00.000Z")]
    [InlineData("2024-02-29T10:11:12Z", "2024-02-29T10:11:12.000Z")]
    [InlineData("2024-02-29t10:11:12z", "2024-02-29T10:11:12.000Z")]
    [InlineData("2024-02-29 10:11Z", "2024-02-29T10:11:00.000Z")]
    [InlineData("2024-02-29T10:11:12", "2024-02-29T10:11:12.000Z")] // no zone: UTC
    [InlineData("2024-02-29 10:11:12", "2024-02-29T10:11:12.000Z")]
    [InlineData("2024-02-29T10:11:12.123456", "2024-02-29T10:11:12.123Z")]
    [InlineData("2024-02-29T10:11:12.5Z", "2024-02-29T10:11:12.500Z")]
    [InlineData("2024-02-29T10:11:12.123999999Z", "2024-02-29T10:11:12.123Z")]
    [InlineData("2024-03-01T00:30:00+02:00", "2024-02-29T22:30:00.000Z")]
    [InlineData("2024-03-01T00:30:00+0200", "2024-02-29T22:30:00.000Z")]
    [InlineData("2024-02-29T22:30:00-05", "2024-03-01T03:30:00.000Z")]
    [InlineData("0001-01-01T00:00:00Z", "0001-01-01T00:00:00.000Z")]
    public void Iso_8601_with_or_without_a_zone_or_a_date_alone_is_read(string text, string expected)
    {
        Assert.True(IsoTimestamp.TryParse(Encoding.UTF8.GetBytes(text), out var timestamp));

        Assert.Equal(expected, timestamp.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture));
        Assert.Equal(DateTimeKind.Utc, timestamp.Kind);
    }

    [Theory]
    [InlineData("")]
    [InlineData("2024")]
    [InlineData("2024-2-29")]
    [InlineData("2023-02-29")]
    [InlineData("2024-13-01")]
    [InlineData("2024-00-10")]
    [InlineData("0000-01-01")]
    [InlineData("2024-02-29T")]
    [InlineData("2024-02-29T10:11:")]
    [InlineData("2024-02-29T10:11:12 ")]
    [InlineData("2024-02-29T24:00:00Z")]
    [InlineData("2024-02-29T23:60:00Z")]
    [InlineData("2024-02-29T23:59:60Z")]
    [InlineData("2024-02-29T10:11:12.Z")]
    [InlineData("2024-02-29T10:11:12.1234567890Z")]
    [InlineData("2024-02-29T10:11:12+19:00")]
    [InlineData("2024-02-29T10:11:12+1:00")]
    [InlineData("2024-02-29T10:11:12Zx")]
    [InlineData("2024-02-29Z")]
    [InlineData("0001-01-01T00:00:00+01:00")]
    [InlineData("9999-12-31T23:59:59-01:00")]
    [InlineData("２０２４-02-29")]
    public void Anything_else_is_not(string text) => Assert.False(IsoTimestamp.TryParse(Encoding.UTF8.GetBytes(text), out _));

    [Fact]
    public void Every_millisecond_in_every_zone_is_read_back()
    {
        var gen =
            from days in Gen.Choose(0, 2_900_000)
            from ms in Gen.Choose(0, 86_399_999)
            from minutes in Gen.Choose(-14 * 60, 14 * 60)
            select DateTimeOffset.UnixEpoch.AddDays(days).AddMilliseconds(ms).ToOffset(TimeSpan.FromMinutes(minutes));

        Check.One(Config.QuickThrowOnFailure.WithMaxTest(1000), Prop.ForAll(gen.ToArbitrary(), time =>
        {
            var text = time.ToString("yyyy-MM-dd'T'HH:mm:ss.fffzzz", CultureInfo.InvariantCulture);
            return IsoTimestamp.TryParse(Encoding.UTF8.GetBytes(text), out var read) && read == time.UtcDateTime;
        }));
    }

    [Fact]
    public void Random_bytes_are_never_more_than_refused() =>
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(2000), Prop.ForAll(
            ArbMap.Default.ArbFor<byte[]>(), bytes => IsoTimestamp.TryParse(bytes, out var read) || read == default));
}
