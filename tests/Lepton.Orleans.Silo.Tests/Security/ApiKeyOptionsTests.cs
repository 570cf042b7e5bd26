using Lepton.Orleans.Silo.Security;
using Microsoft.Extensions.Configuration;

namespace Lepton.Orleans.Silo.Tests.Security;

public sealed class ApiKeyOptionsTests
{
    [Fact]
    public void Keys_are_read_as_strings_and_as_objects()
    {
        var keys = Read(
            ("Lepton:ApiKeys:0", "plain"),
            ("Lepton:ApiKeys:1:Key", "reader"), ("Lepton:ApiKeys:1:Role", "Read"),
            ("Lepton:ApiKeys:2:Key", "writer"), ("Lepton:ApiKeys:2:Role", "write"),
            ("Lepton:ApiKeys:3:Key", "silent"),
            ("Lepton:ApiKeys:9:Key", "monitor"), ("Lepton:ApiKeys:9:Role", "metrics"));

        Assert.Equal(
            [("plain", ApiRole.Admin), ("reader", ApiRole.Read), ("writer", ApiRole.Write), ("silent", ApiRole.Admin), ("monitor", ApiRole.Metrics)],
            keys.Select(key => (key.Key, key.ParsedRole!.Value)));
        Assert.True(Validate(keys).Succeeded);
    }

    [Fact]
    public void A_single_string_is_an_admin_key() =>
        Assert.Equal(("alone", ApiRole.Admin), Read(("Lepton:ApiKeys", "alone")).Select(key => (key.Key, key.ParsedRole!.Value)).Single());

    [Fact]
    public void No_section_means_no_keys() => Assert.Empty(Read(("Lepton:Other", "x")));

    [Theory]
    [InlineData("Lepton:ApiKeys:0:Role", "admin", "Lepton:ApiKeys:0 has no key: set Lepton:ApiKeys:0:Key")]
    [InlineData("Lepton:ApiKeys:0", "with space", "Lepton:ApiKeys:0:Key cannot be sent in a header")]
    [InlineData("Lepton:ApiKeys:0", "schlüssel", "Lepton:ApiKeys:0:Key cannot be sent in a header")]
    [InlineData("Lepton:ApiKeys:0", "twice", "Lepton:ApiKeys:1:Key is already the key of another entry")]
    public void A_bad_entry_is_named_with_its_fix(string path, string value, string failure)
    {
        var result = Validate(Read((path, value), ("Lepton:ApiKeys:1", "twice")));

        Assert.Contains(failure, result.FailureMessage, StringComparison.Ordinal);
    }

    [Fact]
    public void An_unknown_role_is_named_and_the_key_is_not_told()
    {
        var result = Validate(Read(("Lepton:ApiKeys:0:Key", "s3cret"), ("Lepton:ApiKeys:0:Role", "root")));

        Assert.Equal("Lepton:ApiKeys:0:Role is 'root': set it to admin, write, read or metrics.", result.FailureMessage);
    }

    private static Microsoft.Extensions.Options.ValidateOptionsResult Validate(IReadOnlyList<ApiKey> keys) =>
        new ApiKeyOptionsValidator().Validate(null, new ApiKeyOptions { Keys = keys });

    private static IReadOnlyList<ApiKey> Read(params (string Key, string Value)[] settings) => ApiKeyOptions.Read(
        new ConfigurationBuilder()
            .AddInMemoryCollection(settings.Select(setting => KeyValuePair.Create(setting.Key, (string?)setting.Value)))
            .Build());
}
