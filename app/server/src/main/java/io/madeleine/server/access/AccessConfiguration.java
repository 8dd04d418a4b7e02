package io.madeleine.server.access;

import io.madeleine.conversation.ready.HomePath;
import io.madeleine.memory.identity.Tenant;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.boot.actuate.autoconfigure.endpoint.web.WebEndpointProperties;
import org.springframework.boot.context.properties.EnableConfigurationProperties;
import org.springframework.boot.web.server.autoconfigure.ServerProperties;
import org.springframework.boot.web.servlet.FilterRegistrationBean;
import org.springframework.boot.webmvc.autoconfigure.DispatcherServletPath;
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.core.MethodParameter;
import org.springframework.core.Ordered;
import org.springframework.web.bind.support.WebDataBinderFactory;
import org.springframework.web.context.request.NativeWebRequest;
import org.springframework.web.context.request.RequestAttributes;
import org.springframework.web.method.support.HandlerMethodArgumentResolver;
import org.springframework.web.method.support.ModelAndViewContainer;
import org.springframework.web.servlet.config.annotation.WebMvcConfigurer;

/** Puts the door in, and gives controllers the {@link Caller} that came through it. */
@Configuration(proxyBeanMethods = false)
@EnableConfigurationProperties(AccessProperties.class)
class AccessConfiguration {

  private static final Logger LOG = System.getLogger("io.madeleine.server");

  @Bean
  ApiKeys apiKeys(AccessProperties access, ServerProperties server) {
    ApiKeys keys =
        access.keys() == null ? ApiKeys.none() : keysIn(HomePath.of(access.keys().toString()));
    InetAddress address = server.getAddress();
    if (keys.isEmpty() && (address == null || !address.isLoopbackAddress())) {
      throw new OpenToTheWorldException(address);
    }
    return keys;
  }

  private static ApiKeys keysIn(Path file) {
    ApiKeys keys = Files.exists(file) ? ApiKeys.read(file) : ApiKeys.none();
    if (keys.isEmpty()) {
      throw new NoKeyInFileException(file);
    }
    return keys;
  }

  @Bean
  Allowance allowance(AccessProperties access) {
    return new Allowance(access.requests(), access.window(), access.streams(), System::nanoTime);
  }

  @Bean
  FilterRegistrationBean<AccessFilter> door(
      AccessProperties access,
      ApiKeys keys,
      Allowance allowance,
      ObjectProvider<DispatcherServletPath> served,
      ObjectProvider<WebEndpointProperties> operators) {
    String before = served.stream().map(DispatcherServletPath::getPrefix).findFirst().orElse("");
    String base = operators.stream().map(WebEndpointProperties::getBasePath).findFirst().orElse("");
    var filter =
        new AccessFilter(access, keys, local(access, keys), allowance, new Areas(before, base));
    var registration = new FilterRegistrationBean<>(filter);
    registration.setOrder(Ordered.HIGHEST_PRECEDENCE);
    return registration;
  }

  private static Optional<Caller> local(AccessProperties access, ApiKeys keys) {
    if (!keys.isEmpty()) {
      return Optional.empty();
    }
    String named =
        access.localTenant() != null
            ? access.localTenant()
            : "local:" + System.getProperty("user.name", "user");
    LOG.log(Level.INFO, "No API keys: this machine may ask, as tenant ''{0}''.", named);
    return Optional.of(new Caller(new Tenant(named), "local"));
  }

  @Bean
  WebMvcConfigurer callerInControllers() {
    return new WebMvcConfigurer() {
      @Override
      public void addArgumentResolvers(List<HandlerMethodArgumentResolver> resolvers) {
        resolvers.add(new CallerArgument());
      }
    };
  }

  private static final class CallerArgument implements HandlerMethodArgumentResolver {
    @Override
    public boolean supportsParameter(MethodParameter parameter) {
      return parameter.getParameterType() == Caller.class;
    }

    @Override
    public Object resolveArgument(
        MethodParameter parameter,
        @org.jspecify.annotations.Nullable ModelAndViewContainer view,
        NativeWebRequest request,
        @org.jspecify.annotations.Nullable WebDataBinderFactory binder) {
      Object caller = request.getAttribute(Caller.ATTRIBUTE, RequestAttributes.SCOPE_REQUEST);
      if (caller == null) {
        throw new IllegalStateException(
            "a controller was reached without a caller; should not happen");
      }
      return caller;
    }
  }
}
