/**
 * Madeleine in a Spring Boot application: set three properties and have a memory.
 *
 * <p>Beans that back off for the application's own. No logic here beyond translation.
 */
@NullMarked
package io.madeleine.spring;

import org.jspecify.annotations.NullMarked;
