using Microsoft.Extensions.Options;

namespace Lepton.Orleans.Client.Tests;

public sealed class SettingsTests
{
    [Theory]
    [InlineData("Lepton:Consul", "consul", "Lepton:Consul is 'consul'; write http://host:port")]
    [InlineData("Lepton:Client:Gateways:0", "silo-1", "Lepton:Client:Gateways:0 is 'silo-1'; write host:port")]
    [InlineData("Lepton:Client:Tenant", "a/b", "Lepton:Client:Tenant must not contain '/'")]
    [InlineData("Lepton:Client:ResponseTimeout", "00:00:00", "Lepton:Client:ResponseTimeout is 00:00:00; set it to more than zero")]
    [InlineData("Lepton:Client:Patience", "-00:00:01", "Lepton:Client:Patience is -00:00:01; set it to zero or more")]
    public async Task A_setting_that_cannot_be_used_stops_the_start_with_a_sentence_that_names_it(string key, string value, string sentence)
    {
        var refused = await Assert.ThrowsAsync<OptionsValidationException>(async () =>
        {
            using var host = Service.Compose(null, (key, value));
            await host.StartAsync(TestContext.Current.CancellationToken);
        });
        Assert.Contains(sentence, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Consul_and_gateways_exclude_each_other()
    {
        var refused = Assert.Throws<OptionsValidationException>(
            () => Service.Compose(null, ("Lepton:Consul", "http://127.0.0.1:8500"), ("Lepton:Client:Gateways:0", "silo-1:30000")));
        Assert.Contains("remove one of the two", refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("silo-1:30000", true)]
    [InlineData("10.0.0.1:30000", true)]
    [InlineData("[::1]:30000", true)]
    [InlineData("silo-1", false)]
    [InlineData(":30000", false)]
    [InlineData("silo-1:0", false)]
    [InlineData("silo-1:65536", false)]
    [InlineData("silo 1:30000", false)]
    [InlineData(null, false)]
    public void A_gateway_is_a_host_and_a_port(string? text, bool valid) => Assert.Equal(valid, GatewayName.TryParse(text, out _));
}
