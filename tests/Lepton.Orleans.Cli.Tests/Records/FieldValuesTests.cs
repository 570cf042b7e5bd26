using Lepton.Orleans.Cli.Records;

namespace Lepton.Orleans.Cli.Tests.Records;

public sealed class FieldValuesTests
{
    [Theory]
    [InlineData("2024-05-01T18:30:00Z", "2024-05-01T18:30:00.0000000Z")]
    [InlineData("2024-05-01T18:30:00+02:00", "2024-05-01T16:30:00.0000000Z")]
    [InlineData("2024-05-01 18:30:00", "2024-05-01T18:30:00.0000000Z")]
    [InlineData("2024-05-01", "2024-05-01T00:00:00.0000000Z")]
    [InlineData("2024-05-01T18:30:00.1239999Z", "2024-05-01T18:30:00.1230000Z")]
    [InlineData("964982703", "2000-07-30T18:45:03.0000000Z")]
    [InlineData("964982703123", "2000-07-30T18:45:03.1230000Z")]
    [InlineData("1257894000.5", "2009-11-10T23:00:00.5000000Z")]
    public void Times_are_read_as_ISO_8601_or_as_a_count_since_1970(string text, string expected) =>
        Assert.Equal(expected, FieldValues.Timestamp(text)!.Value.ToString("O"));

    [Theory]
    [InlineData("")]
    [InlineData("0001-01-01T00:00:00Z")]
    public void Nothing_and_the_year_1_are_no_time(string text) => Assert.Null(FieldValues.Timestamp(text));

    [Theory]
    [InlineData("01/02/2024")]
    [InlineData("yesterday")]
    [InlineData("1e300")]
    public void A_time_that_could_mean_two_days_is_refused(string text) =>
        Assert.Equal(FieldValues.TimestampRule, Assert.Throws<BadFieldException>(() => FieldValues.Timestamp(text)).Rule);
}
