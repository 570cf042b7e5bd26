using Lepton.Orleans.Silo.Security;

namespace Lepton.Orleans.Silo.Tests.Security;

public sealed class LoopbackRuleTests
{
    [Theory]
    [InlineData("http://127.0.0.1:8088", true)]
    [InlineData("http://127.9.9.9", true)]
    [InlineData("http://localhost:5000", true)]
    [InlineData("https://[::1]:8443", true)]
    [InlineData("http://unix:/run/lepton.sock", true)]
    [InlineData("http://0.0.0.0:8088", false)]
    [InlineData("http://[::]:8088", false)]
    [InlineData("http://*:8088", false)]
    [InlineData("http://+:8088", false)]
    [InlineData("http://10.0.0.7:8088", false)]
    [InlineData("http://lepton.example:8088", false)]
    [InlineData("http://localhost.example:8088", false)]
    [InlineData("nonsense", false)]
    public void Only_addresses_of_this_machine_are_loopback(string address, bool isLoopback) =>
        Assert.Equal(isLoopback, LoopbackRule.IsLoopback(address));

    [Fact]
    public void An_open_address_without_keys_is_refused_and_the_message_names_both_ways_out()
    {
        var exception = Assert.Throws<UnprotectedAddressException>(
            () => LoopbackRule.Check(["http://127.0.0.1:1", "http://0.0.0.0:8088"], hasKeys: false));

        Assert.Contains("http://0.0.0.0:8088", exception.Message, StringComparison.Ordinal);
        Assert.Contains("Lepton:ApiKeys", exception.Message, StringComparison.Ordinal);
        Assert.Contains("--urls", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void With_keys_or_on_loopback_nothing_is_refused()
    {
        LoopbackRule.Check(["http://0.0.0.0:8088"], hasKeys: true);
        LoopbackRule.Check(["http://127.0.0.1:8088", "http://[::1]:8088"], hasKeys: false);
    }
}
