/** The server: a web application on top of the Spring Boot starter. */
@NullMarked
package io.madeleine.server;

import org.jspecify.annotations.NullMarked;
