using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Lepton.Orleans.Clustering.Consul.Tests.Hosting;

public sealed class OptionsTests
{
    [Theory]
    [InlineData("ftp://consul:8500", "Address is 'ftp://consul:8500/'")]
    [InlineData("http://consul:8500/v1", "Address is 'http://consul:8500/v1'")]
    [InlineData("consul", "Address is 'consul'")]
    public void An_address_that_is_none_is_named(string address, string message) => AssertRefused(options => options.Address = new Uri(address, UriKind.RelativeOrAbsolute), message);

    [Fact]
    public void Other_options_that_cannot_be_used_are_named()
    {
        AssertRefused(options => options.Address = null, "Address is ''");
        AssertRefused(options => options.KvRootFolder = "/a", "KvRootFolder is '/a'");
        AssertRefused(options => options.KvRootFolder = "a/../b", "KvRootFolder is 'a/../b'");
        AssertRefused(options => options.Token = "two words", "Token has a space");
        AssertRefused(options => options.CertificateAuthorityFile = "/nowhere.pem", "CertificateAuthorityFile is '/nowhere.pem'");
        AssertRefused(options => options.ClientKeyFile = "/nowhere.key", "ClientCertificateFile is not");
    }

    private static void AssertRefused(Action<ConsulClusteringOptions> configure, string message)
    {
        using var services = ConsulServices.Create("c", configure);
        var exception = Assert.Throws<OptionsValidationException>(() => services.GetRequiredService<IOptions<ConsulClusteringOptions>>().Value);
        Assert.Contains(message, exception.Message, StringComparison.Ordinal);
    }
}
